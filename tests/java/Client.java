import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import com.huaweicloud.sdk.dli.v1.DliClient;
import com.huaweicloud.sdk.dli.v1.model.*;
import java.util.List;
import java.util.Set;

/** The vendor's client, and the steps that most tests have in common. */
final class Client {
  static final String ENDLESS =
      "SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b";
  private static final Set<String> FINAL = Set.of("FINISHED", "FAILED", "CANCELLED");
  private static final long PATIENCE_MS = 60_000;
  private static final long POLL_MS = 5;

  final DliClient dli;

  Client() {
    this(System.getenv("SK"), System.getenv("PROJECT_ID"));
  }

  Client(String secret, String project) {
    dli = DliClient.newBuilder()
        .withCredential(new BasicCredentials().withAk(System.getenv("AK")).withSk(secret)
            .withProjectId(project))
        .withEndpoint(System.getenv("ENDPOINT")).build();
  }

  CreateSqlJobResponse submit(CreateSqlJobRequestBody body) {
    CreateSqlJobResponse answer = dli.createSqlJob(new CreateSqlJobRequest().withBody(body));
    check(answer.getIsSuccess() && !answer.getJobId().isEmpty(), answer);
    return answer;
  }

  CreateSqlJobResponse submit(String database, String sql, String... conf) {
    return submit(new CreateSqlJobRequestBody().withSql(sql).withCurrentdb(database)
        .withConf(List.of(conf)));
  }

  ShowSqlJobStatusResponse await(String job) throws InterruptedException {
    for (long end = System.currentTimeMillis() + PATIENCE_MS; System.currentTimeMillis() < end;) {
      ShowSqlJobStatusResponse status =
          dli.showSqlJobStatus(new ShowSqlJobStatusRequest().withJobId(job));
      if (FINAL.contains(status.getStatus().getValue())) return status;
      Thread.sleep(POLL_MS);
    }
    throw new AssertionError("patience ended with job " + job);
  }

  ShowSqlJobStatusResponse run(String database, String sql) throws InterruptedException {
    ShowSqlJobStatusResponse status = await(submit(database, sql).getJobId());
    check(status.getStatus().getValue().equals("FINISHED"), status);
    return status;
  }

  void createDatabase(String name) {
    dli.createDatabase(new CreateDatabaseRequest().withBody(
        new CreateDatabaseRequestBody().withDatabaseName(name).withDescription("表 ü")));
  }

  void deleteDatabase(String name) {
    dli.deleteDatabase(new DeleteDatabaseRequest().withDatabaseName(name).withCascade(true));
  }

  static void check(boolean holds, Object seen) {
    if (!holds) throw new AssertionError(String.valueOf(seen));
  }

  /** The SDK made its own exception of the answer, with everything in it. */
  static void refused(int http, String code, Runnable call) {
    try {
      call.run();
    } catch (ServiceResponseException refusal) {
      check(refusal.getHttpStatusCode() == http && code.equals(refusal.getErrorCode())
          && !refusal.getErrorMsg().isEmpty() && !refusal.getRequestId().isEmpty(), refusal);
      return;
    }
    throw new AssertionError("not refused: " + code);
  }
}
