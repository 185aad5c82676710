import com.huaweicloud.sdk.dli.v1.model.*;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Every `void test…()` is a test; prints `pass NAME` or `fail NAME WHY` for each, one a line. */
public final class Suite {
  private final Client client = new Client();

  public static void main(String[] arguments) throws Exception {
    for (Method method : Suite.class.getDeclaredMethods()) {
      if (!method.getName().startsWith("test")) continue;
      try {
        method.invoke(new Suite());
        System.out.println("pass " + method.getName());
      } catch (InvocationTargetException failure) {
        String why = failure.getCause().toString().replace('\n', ' ');
        System.out.println("fail " + method.getName() + " " + why);
      }
    }
    System.exit(0);  // the SDK's threads would keep the program up
  }

  private static void check(boolean holds, Object seen) {
    Client.check(holds, seen);
  }

  void testAJobGoesFromSubmitToItsRows() throws Exception {
    client.createDatabase("java_run");
    client.run("java_run", "CREATE TABLE t (id BIGINT, name STRING) PARTITIONED BY (name)");
    ShowSqlJobStatusResponse insert = client.run("java_run",
        "INSERT INTO t VALUES (9223372036854775807, '空😀\"'), (NULL, NULL)");
    check(insert.getResultCount() == 2 && insert.getInputRowCount() == 2
        && insert.getBadRowCount() == 0, insert);
    client.run("java_run", "CREATE TABLE u AS SELECT * FROM t");
    List<Tag> tags = List.of(new Tag().withKey("wörk").withValue("空 间"));
    ShowSqlJobStatusResponse status = client.await(client.submit(new CreateSqlJobRequestBody()
        .withSql("SELECT * FROM u ORDER BY id").withCurrentdb("java_run").withQueueName("default")
        .withConf(List.of("spark.sql.shuffle.partitions = 4")).withTags(tags)
        .withEngineType(CreateSqlJobRequestBody.EngineTypeEnum.SPARK)).getJobId());
    check(status.getJobType().equals("QUERY") && status.getJobMode().equals("async")
        && status.getResultCount() == 2 && status.getTableName().equals("u")
        && status.getInputSize() > 0 && status.getTags().equals(tags)
        && status.getUserConf().equals("{\"spark.sql.shuffle.partitions\":\"4\"}"), status);
    PreviewSqlJobResultResponse rows = client.dli.previewSqlJobResult(
        new PreviewSqlJobResultRequest().withJobId(status.getJobId()).withQueueName("default"));
    check(rows.getRowCount() == 2 && rows.getSchema().get(0).equals(Map.of("id", "bigint"))
        && rows.getRows().get(1).equals(List.of(9223372036854775807L, "空😀\"")), rows);
    ShowSqlJobDetailResponse detail =
        client.dli.showSqlJobDetail(new ShowSqlJobDetailRequest().withJobId(status.getJobId()));
    check(detail.getDatabaseName().equals("java_run")
        && detail.getStartTime().equals(status.getStartTime()), detail);
    ShowSqlJobProgressResponse progress =
        client.dli.showSqlJobProgress(new ShowSqlJobProgressRequest().withJobId(status.getJobId()));
    check(progress.getProgress() == 1 && progress.getStatus().equals("FINISHED"), progress);
    client.deleteDatabase("java_run");
  }

  void testTheListIsReadToItsEndUnderEveryFilter() throws Exception {
    client.createDatabase("java_list");
    client.run("java_list", "CREATE TABLE t AS SELECT 1 AS id");
    for (int i = 0; i < 5; i++) client.run("java_list", "SELECT 'of Java' AS text FROM t");
    Set<String> seen = new HashSet<>();
    for (int page = 1;; page++) {
      ListSqlJobsResponse list = client.dli.listSqlJobs(new ListSqlJobsRequest().withPageSize(2)
          .withCurrentPage(page).withDbName("java_list").withTableName("t").withStart(0L).withEnd(0L)
          .withQueueName("default").withSqlPattern("OF java").withOwner(System.getenv("USER_NAME"))
          .withEngineType("spark").withJobStatus("FINISHED")
          .withJobType(ListSqlJobsRequest.JobTypeEnum.QUERY)
          .withOrder(ListSqlJobsRequest.OrderEnum.DURATION_DESC));
      check(list.getJobCount() == 5, list);
      if (list.getJobs().isEmpty()) break;
      for (SqlJob job : list.getJobs()) {
        seen.add(job.getJobId());
        check(job.getEndTime() == job.getStartTime() + job.getDuration()
            && job.getResultCount() == 1, job);
      }
    }
    check(seen.size() == 5, seen);
    client.deleteDatabase("java_list");
  }

  void testAJobIsCancelledOnce() throws Exception {
    String job = client.submit(null, Client.ENDLESS).getJobId();
    CancelSqlJobRequest cancel = new CancelSqlJobRequest().withJobId(job);
    check(client.dli.cancelSqlJob(cancel).getIsSuccess(), job);
    ShowSqlJobStatusResponse status = client.await(job);
    check(status.getStatus().getValue().equals("CANCELLED") && !status.getMessage().isEmpty(), status);
    Client.refused(400, "DLI.0007", () -> client.dli.cancelSqlJob(cancel));
    Client.refused(400, "DLI.0007",
        () -> client.dli.previewSqlJobResult(new PreviewSqlJobResultRequest().withJobId(job)));
  }

  void testSynchronousDdlHasRows() throws Exception {
    client.createDatabase("java_ddl");
    client.run("java_ddl", "CREATE TABLE t (c1 INT COMMENT '列')");
    CreateSqlJobResponse answer =
        client.submit("java_ddl", "DESCRIBE t", "dli.sql.sqlasync.enabled = false");
    check(answer.getJobMode().equals("sync")
        && answer.getRows().equals(List.of(List.of("c1", "int", "列"))), answer);
    client.deleteDatabase("java_ddl");
  }

  void testRefusalsBecomeExceptions() throws Exception {
    Client.refused(400, "DLI.0004", () -> client.submit(null, "SELEC 1"));
    Client.refused(400, "DLI.0002", () -> client.submit("nowhere", "SELECT 1"));
    Client.refused(400, "DLI.0005", () -> client.dli.checkSql(new CheckSqlRequest().withBody(
        new CheckSqlRequestBody().withSql("SELECT * FROM nowhere"))));
    Client.refused(400, "DLI.0002", () -> client.dli.showSqlJobStatus(
        new ShowSqlJobStatusRequest().withJobId("00000000-0000-7000-8000-000000000000")));
    Client.refused(400, "DLI.0001",
        () -> client.dli.listSqlJobs(new ListSqlJobsRequest().withPageSize(0)));
    Client.refused(401, "APIGW.0301", () -> new Client("wrong", System.getenv("PROJECT_ID"))
        .dli.listQueues(new ListQueuesRequest()));
    Client.refused(403, "APIGW.0302", () -> new Client(System.getenv("SK"), "0".repeat(32))
        .dli.listQueues(new ListQueuesRequest()));
    String job = client.submit(null, "SELECT `☠`").getJobId();
    check(client.await(job).getMessage().startsWith("{\"error_code\":\"DLI.0005\""), job);
  }

  void testQueuesDatabasesAndTablesAreFound() throws Exception {
    client.createDatabase("java_objects");
    ListQueuesResponse queues = client.dli.listQueues(
        new ListQueuesRequest().withQueueType("sql").withWithPriv(true).withWithChargeInfo(true));
    check(queues.getQueues().get(0).getQueueName().equals("default"), queues);
    ShowQueueResponse queue = client.dli.showQueue(new ShowQueueRequest().withQueueName("default"));
    check(queue.getQueueName().equals("default") && queue.getCuCount() > 0, queue);
    ListDatabasesResponse databases = client.dli.listDatabases(
        new ListDatabasesRequest().withKeyword("java_objects").withLimit(10).withOffset(0));
    check(databases.getDatabaseCount() == 1
        && databases.getDatabases().get(0).getDescription().equals("表 ü"), databases);
    List<Column> columns = List.of(
        new Column().withColumnName("p").withType("string").withIsPartitionColumn(true),
        new Column().withColumnName("v").withType("decimal(10,2)").withDescription("the v"));
    client.dli.createTable(new CreateTableRequest().withDatabaseName("java_objects").withBody(
        new CreateTableRequestBody().withTableName("made").withDataLocation("DLI")
            .withColumns(columns)));
    ListTablesResponse tables = client.dli.listTables(
        new ListTablesRequest().withDatabaseName("java_objects").withWithDetail(true));
    check(tables.getTableCount() == 1 && tables.getTables().get(0).getCreateTime() > 0, tables);
    ShowTableResponse table = client.dli.showTable(
        new ShowTableRequest().withDatabaseName("java_objects").withTableName("made"));
    check(table.getColumns().get(0).getType().equals("decimal(10,2)")
        && table.getColumns().get(1).getIsPartitionColumn(), table);
    client.dli.deleteTable(
        new DeleteTableRequest().withDatabaseName("java_objects").withTableName("made"));
    Client.refused(400, "DLI.0002", () -> client.dli.showTable(
        new ShowTableRequest().withDatabaseName("java_objects").withTableName("made")));
    client.deleteDatabase("java_objects");
  }
}
