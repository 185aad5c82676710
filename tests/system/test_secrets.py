"""Passwords, keys and tokens: where they must not turn up."""
import json
import pathlib

from harness import signing
from harness.server import PASSWORD, USER


def token_request(user, password):
    return {"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": user, "password": password, "domain": {"name": "sluice"}}}},
        "scope": {"project": {"name": "default"}}}}


def test_the_log_holds_no_password_key_or_token(fresh):
    server = fresh(config='[server]\nlog_level = "debug"\n').start().wait_ready()
    client, keys = server.client(), server.credentials()
    scope = {"project": {"id": keys.project_id}}
    request = token_request(USER, PASSWORD)
    request["auth"]["scope"] = scope
    answer = client.send("POST", "/v3/auth/tokens", {"Host": client.host, "Content-Type": "application/json"},
                         json.dumps(request).encode())
    assert answer.status == 201, answer
    token = answer.headers["X-Subject-Token"]
    listed = client.send("GET", client.prefix + "/jobs", {"Host": client.host, "X-Auth-Token": token})
    assert listed.status == 200
    wrong = "a-wrong-password-nobody-may-see"
    request["auth"]["identity"]["password"]["user"]["password"] = wrong
    client.send("POST", "/v3/auth/tokens", {"Host": client.host, "Content-Type": "application/json"},
                json.dumps(request).encode())
    headers = signing.signed_headers(keys.access_key, "wrong", "GET", client.prefix + "/jobs",
                                     {"Host": client.host, "X-Auth-Token": token}, b"")
    client.send("GET", client.prefix + "/jobs", headers)
    client.run("CREATE TABLE t (a INT)")
    client.run("INSERT INTO t VALUES (1)")
    client.wait(client.submit("SELECT no_such_column FROM t"))
    log = server.log()
    for secret in (PASSWORD, wrong, token, headers["Authorization"].rsplit("=", 1)[1]):
        assert secret not in log
    assert log.count(keys.secret_key) + server.stdout().count(keys.secret_key) == 1


def test_workers_see_no_secret_in_their_environment(fresh):
    server = fresh(env={"SLUICE_SK": "skinthetest01234567890123456789", "SLUICE_AK": "AKINTHETEST000000001",
                        "AWS_SECRET_ACCESS_KEY": "of-the-operator", "LD_LIBRARY_PATH": ""}).start().wait_ready()
    server.client().run("SELECT 1 AS one")
    workers = server.workers()
    assert workers
    for pid in workers:
        environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode()
        names = {entry.partition("=")[0] for entry in environment.split("\0") if entry}
        assert not {name for name in names if name.startswith(("SLUICE_SK", "SLUICE_AK", "SLUICE_PASS", "AWS"))}, names
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        assert "skinthetest" not in command + environment and "of-the-operator" not in environment


def test_the_store_keeps_no_password_and_answers_show_no_key(fresh):
    server = fresh().start().wait_ready()
    client, keys = server.client(), server.credentials()
    client.run("SELECT 1 AS one")
    for path in server.data.glob("store.db*"):
        assert PASSWORD.encode() not in path.read_bytes()
    for path in ("/metrics", "/readyz", "/healthz"):
        assert keys.secret_key.encode() not in client.plain(path).body
