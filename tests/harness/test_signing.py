"""The vectors of contract/clients.md, so that a failure elsewhere is not the harness' own."""
import pytest

from harness import signing

PROJECT = "0123456789abcdef0123456789abcdef"
KEY = "TESTSECRETKEY0123456789abcdefghijklmnopqrst"


def sign(secret, method, target, host, date, body=b"", signed=("host", "x-sdk-date"), **more):
    headers = {"Host": host, "X-Sdk-Date": date, **more}
    return signing.signature(secret, method, target, headers, body, list(signed))


def test_a_post_with_a_body_gets_the_signature_of_vector_a():
    headers = {"Content-Type": "application/json", "User-Agent": "vector/1.0", "X-Project-Id": PROJECT}
    signed = ["content-type", "host", "user-agent", "x-project-id", "x-sdk-date"]
    assert sign(KEY, "POST", f"/v1.0/{PROJECT}/jobs/submit-job", "127.0.0.1:8080", "20260101T000000Z",
                b'{"sql":"select 1","currentdb":"db1","queue_name":"q1"}', signed, **headers) == \
        "635fdcea5e7409c022a49f2794c2b464f0521ced4d7c503e168207344137d593"


def test_the_query_is_sorted_and_encoded_as_in_vector_b():
    target = f"/v1.0/{PROJECT}/jobs?page-size=10&current-page=2&tags=k1%3Dv1&sql_pattern=select%20%2A"
    assert sign(KEY, "GET", target, "127.0.0.1:8080", "20260101T000000Z") == \
        "78b9b9f44b9e6514db4e0d26d95c672298776fdb3b5a9a4c39459647d6d58f29"


@pytest.mark.parametrize("method, host, target, body, wanted", [
    ("GET", "service.region.example.com", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2"
     "&marker=13551d6b-755d-4757-b956-536f674975c0", b"",
     "fd95e7da6f695cfb4cabbb9d6b0968aec155bc576b064835282473539ae9ea1d"),
    ("POST", "service.region.example.com", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpc/123", b'{"key":"value"}',
     "b5649aa774f6cac7437631662f08815fc65c70e40e486df6db2436ce68902771"),
    ("GET", "example.com", "/", b"", "919ad8b75d4ad49da0d377e63ee21c4a7a54b752f6bf2878b4adbe9c19927da6")])
def test_the_vendors_own_vectors_come_out(method, host, target, body, wanted):
    assert sign("SecretKey", method, target, host, "20191115T033655Z", body) == wanted
