"""What `sluice check-config` and a start say about the files that a configuration names."""
import os
import subprocess

import pytest

from harness import waiting
from harness.server import Server, run_program

FINE, REFUSED = 0, 2


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    """A folder of certificates for localhost and their keys."""
    folder = tmp_path_factory.mktemp("pem")
    for name in ("one", "two"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem")
    openssl("rsa", "-aes128", "-passout", "pass:secret", "-in", f"{folder}/one.key", "-out", f"{folder}/locked.key")
    (folder / "text.pem").write_text("no certificate")
    return folder


def check(tmp_path, text):
    file = tmp_path / "config.toml"
    file.write_text(text)
    return run_program("check-config", file)


def tls(certificate, key):
    return f'[server]\ntls_certificate = "{certificate}"\ntls_key = "{key}"\n'


def test_a_pair_that_belongs_together_is_fine(tmp_path, pem):
    done = check(tmp_path, tls(pem / "one.pem", pem / "one.key"))
    assert done.returncode == FINE and "is fine" in done.stdout, done


@pytest.mark.parametrize("certificate, key, words", [
    ("none.pem", "none.key", ["none.pem: No such file", "none.key: No such file"]),
    (".", "one.key", ["it is a folder"]), ("one.pem", ".", ["it is a folder"]),
    ("text.pem", "text.pem", ["no certificate", "no private key"]), ("one.key", "one.pem", ["one.key", "one.pem"]),
    ("one.pem", "two.key", ["belongs to another certificate"]), ("one.pem", "locked.key", ["without a passphrase"])])
def test_every_file_that_cannot_serve_is_named(tmp_path, pem, certificate, key, words):
    done = check(tmp_path, tls(pem / certificate, pem / key))
    assert done.returncode == REFUSED and done.stdout == "", done
    assert len(done.stderr.splitlines()) == len(words), done.stderr
    for line, word in zip(done.stderr.splitlines(), words, strict=True):
        assert word in line, done.stderr


def test_a_folder_and_a_missing_file_are_no_configuration(tmp_path):
    for file, word in ((tmp_path, "Is a directory"), (tmp_path / "none.toml", "No such file")):
        done = run_program("check-config", file)
        assert done.returncode == REFUSED and word in done.stderr and str(file) in done.stderr, done


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path, pem):
    locked = tmp_path / "one.key"
    locked.write_bytes((pem / "one.key").read_bytes())
    locked.chmod(0)
    done = check(tmp_path, tls(pem / "one.pem", locked))
    assert done.returncode == REFUSED and "Permission denied" in done.stderr, done


def test_a_library_folder_without_a_library_is_named(tmp_path):
    done = check(tmp_path, f'[worker]\nduckdb_folder = "{tmp_path}"\n')
    assert done.returncode == REFUSED and "libduckdb.so" in done.stderr, done


@pytest.mark.parametrize("text", ["localhost", "ftp://h", "https://h/path", ""])
def test_a_public_address_that_is_none_is_named(tmp_path, text):
    done = check(tmp_path, f'[server]\npublic_endpoint = "{text}"\n')
    assert done.returncode == REFUSED and "server.public_endpoint" in done.stderr, done


def test_a_start_with_missing_files_makes_nothing(tmp_path, pem):
    with_missing = Server(config=tls(pem / "none.pem", pem / "one.key"))
    try:
        with_missing.spawn()
        assert with_missing.wait_exit(30) == REFUSED
        assert "none.pem" in with_missing.log() and not with_missing.data.exists()
    finally:
        with_missing.close()


class TlsServer(Server):
    """A server that speaks TLS; its line has another scheme than the harness waits for."""

    def start_tls(self, certificate):
        self.spawn()
        waiting.until(lambda: "listening on https://" in self.stdout(), 60, "the line `listening on`")
        self.trust = {"SSL_CERT_FILE": str(certificate)}
        return self


@pytest.fixture(scope="module")
def start(pem):
    """Starts servers with a certificate of the folder; they are called by the name `localhost`."""
    running = []

    def make(certificate, key, trusted):
        running.append(TlsServer(config=tls(pem / certificate, pem / key)))
        server = running[-1].start_tls(pem / trusted)
        server.endpoint = server.stdout().split("listening on ")[1].split()[0].replace("127.0.0.1", "localhost")
        return server
    yield make
    for server in running:
        server.close()


@pytest.fixture(scope="module")
def secure(start):
    return start("one.pem", "one.key", "one.pem")


def ask(server, endpoint, **env):
    return run_program("queues", "list", "--data", server.data, "--endpoint", endpoint, "--wait", "0", env=env)


def test_a_client_works_with_a_certificate_that_it_trusts(secure):
    done = ask(secure, secure.endpoint, **secure.trust)
    assert done.returncode == FINE and "default" in done.stdout, done


@pytest.mark.parametrize("endpoint, word", [
    (lambda e: e, "self-signed and not trusted"), (lambda e: e.replace("https", "http"), "begins with https://")])
def test_a_client_says_why_it_does_not_talk_to_the_server(secure, endpoint, word):
    done = ask(secure, endpoint(secure.endpoint))
    assert done.returncode != FINE and word in done.stderr, done


def test_a_client_says_when_the_certificate_is_for_another_name(secure):
    done = ask(secure, secure.endpoint.replace("localhost", "127.0.0.1"), **secure.trust)
    assert done.returncode == REFUSED and "another name than 127.0.0.1" in done.stderr, done


def test_a_client_says_when_it_does_not_know_the_authority(start, pem):
    (pem / "names").write_text("subjectAltName=DNS:localhost\n")
    openssl("req", "-new", "-key", f"{pem}/two.key", "-subj", "/CN=leaf", "-out", f"{pem}/leaf.csr")
    openssl("x509", "-req", "-days", "2", "-in", f"{pem}/leaf.csr", "-CA", f"{pem}/one.pem", "-CAkey", f"{pem}/one.key",
            "-CAcreateserial", "-extfile", f"{pem}/names", "-out", f"{pem}/leaf.pem")
    server = start("leaf.pem", "two.key", "one.pem")
    assert ask(server, server.endpoint, **server.trust).returncode == FINE
    done = ask(server, server.endpoint)
    assert done.returncode == REFUSED and "authority that is not trusted" in done.stderr, done


def test_a_client_that_speaks_tls_to_a_plain_server_says_so(tmp_path):
    with Server() as server:
        done = ask(server, server.endpoint.replace("http://", "https://"))
    assert done.returncode == REFUSED and "does not speak TLS" in done.stderr, done
