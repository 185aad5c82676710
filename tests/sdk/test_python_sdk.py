"""The vendor's Python SDK from PyPI, unmodified, through the life of its objects."""
import json

import huaweicloudsdkdli.v1 as dli
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, SdkException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.region.region import Region

from harness import waiting
from harness.client import FINAL
from harness.server import Server


@pytest.fixture(scope="module")
def server():
    with Server(env={"SLUICE_REGION": "local-1"}) as running:
        yield running.wait_ready()


def build(server, **more):
    keys = server.credentials()
    credentials = BasicCredentials(more.get("ak", keys.access_key), more.get("sk", keys.secret_key), keys.project_id)
    return (dli.DliClient.new_builder().with_credentials(credentials).with_endpoint(keys.endpoint)
            .with_http_config(HttpConfig(timeout=(10, 60))).build())


@pytest.fixture(scope="module")
def sdk(server):
    return build(server)


def submit(sdk, sql, **fields):
    return sdk.create_sql_job(dli.CreateSqlJobRequest(body=dli.CreateSqlJobRequestBody(sql=sql, **fields)))


def wait(sdk, job_id):
    def final():
        status = sdk.show_sql_job_status(dli.ShowSqlJobStatusRequest(job_id=job_id))
        return status if status.status in FINAL else None
    return waiting.until(final, 60, job_id)


def run(sdk, sql, **fields):
    status = wait(sdk, submit(sdk, sql, **fields).job_id)
    assert status.status == "FINISHED", status
    return status


@pytest.fixture(scope="module")
def database(sdk):
    sdk.create_database(dli.CreateDatabaseRequest(body=dli.CreateDatabaseRequestBody(
        database_name="sdk_db", description="made by the vendor's SDK")))
    run(sdk, "CREATE TABLE t (id INT, name STRING)", currentdb="sdk_db")
    run(sdk, "INSERT INTO t VALUES (1, 'ann'), (2, NULL)", currentdb="sdk_db")
    return "sdk_db"


def test_a_query_goes_from_submit_to_rows(sdk, database):
    answer = submit(sdk, "SELECT id, name FROM t ORDER BY id", currentdb=database, queue_name="default",
                    conf=["spark.sql.shuffle.partitions = 4"], tags=[dli.Tag(key="k", value="v")])
    assert answer.is_success is True and answer.job_type == "QUERY" and answer.job_mode == "async"
    status = wait(sdk, answer.job_id)
    assert status.status == "FINISHED" and status.result_count == 2 and status.job_id == answer.job_id
    assert [field["name"] for field in json.loads(status.detail)["fields"]] == ["id", "name"]
    preview = sdk.preview_sql_job_result(dli.PreviewSqlJobResultRequest(job_id=answer.job_id))
    assert preview.rows == [[1, "ann"], [2, None]] and preview.row_count == 2


def test_details_progress_and_list_know_the_job(sdk, database):
    status = run(sdk, "SELECT count(*) AS n FROM t", currentdb=database)
    detail = sdk.show_sql_job_detail(dli.ShowSqlJobDetailRequest(job_id=status.job_id))
    assert detail.is_success is True and detail.start_time == status.start_time and detail.duration == status.duration
    progress = sdk.show_sql_job_progress(dli.ShowSqlJobProgressRequest(job_id=status.job_id))
    assert progress.progress == 1 and progress.status == "FINISHED"
    listed = sdk.list_sql_jobs(dli.ListSqlJobsRequest(job_id=status.job_id))
    assert listed.job_count == 1 and listed.jobs[0].statement == "SELECT count(*) AS n FROM t"


def test_a_long_job_is_cancelled(sdk):
    job_id = submit(sdk, "SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b").job_id
    assert sdk.cancel_sql_job(dli.CancelSqlJobRequest(job_id=job_id)).is_success is True
    assert wait(sdk, job_id).status == "CANCELLED"


@pytest.mark.parametrize("sql, code", [("SELEC 1", "DLI.0004"), ("SELECT 1; SELECT 2", "DLI.0004")])
def test_a_syntax_error_is_a_client_error_with_its_code(sdk, sql, code):
    with pytest.raises(ClientRequestException) as raised:
        submit(sdk, sql)
    assert raised.value.status_code == 400 and raised.value.error_code == code
    assert raised.value.error_msg and raised.value.request_id


def test_a_semantic_error_is_a_failed_job_that_says_where(sdk, database):
    status = wait(sdk, submit(sdk, "SELECT nowhere FROM t", currentdb=database).job_id)
    assert status.status == "FAILED" and json.loads(status.message)["error_code"] == "DLI.0005"


def test_check_sql_says_the_type_or_refuses(sdk, database):
    def check(sql):
        return sdk.check_sql(dli.CheckSqlRequest(body=dli.CheckSqlRequestBody(sql=sql, currentdb=database)))
    assert check("INSERT INTO t VALUES (3, 'x')").job_type == "INSERT"
    with pytest.raises(ClientRequestException):
        check("SELECT FROM WHERE")


def test_databases_are_made_listed_and_dropped(sdk):
    body = dli.CreateDatabaseRequestBody(database_name="sdk_gone")
    assert sdk.create_database(dli.CreateDatabaseRequest(body=body)).is_success is True
    with pytest.raises(ClientRequestException) as raised:
        sdk.create_database(dli.CreateDatabaseRequest(body=body))
    assert raised.value.error_code == "DLI.0006"
    listed = sdk.list_databases(dli.ListDatabasesRequest(keyword="sdk_gone"))
    assert [entry.database_name for entry in listed.databases] == ["sdk_gone"]
    sdk.delete_database(dli.DeleteDatabaseRequest(database_name="sdk_gone"))
    assert sdk.list_databases(dli.ListDatabasesRequest(keyword="sdk_gone")).database_count == 0


def test_tables_are_listed_and_described(sdk, database):
    tables = sdk.list_tables(dli.ListTablesRequest(database_name=database)).tables
    assert "t" in [table.table_name for table in tables]
    shown = sdk.show_table(dli.ShowTableRequest(database_name=database, table_name="t"))
    assert [(column.column_name, column.type) for column in shown.columns] == [("id", "int"), ("name", "string")]


def test_queues_are_listed_and_shown(sdk):
    assert "default" in [queue.queue_name for queue in sdk.list_queues(dli.ListQueuesRequest()).queues]
    assert sdk.show_queue(dli.ShowQueueRequest(queue_name="default")).queue_name == "default"


def test_wrong_keys_are_refused(server):
    with pytest.raises(SdkException) as raised:
        build(server, sk="wrong").list_queues(dli.ListQueuesRequest())
    assert raised.value.status_code == 401


def test_a_client_without_a_project_id_finds_it_by_region(server):
    keys = server.credentials()
    credentials = BasicCredentials(keys.access_key, keys.secret_key).with_iam_endpoint(keys.endpoint)
    client = (dli.DliClient.new_builder().with_credentials(credentials)
              .with_region(Region("local-1", keys.endpoint)).build())
    assert client.list_queues(dli.ListQueuesRequest()).queues
