// Package v3 drives a running Sluice with the vendor's Go SDK v3, unmodified.
package v3

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	dli "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/dli/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/dli/v1/model"
)

const (
	patience = 60 * time.Second
	endless  = "SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b"
)

func pointer[T any](value T) *T { return &value }

func connect(t *testing.T, secret, project string) *dli.DliClient {
	t.Helper()
	credentials, err := basic.NewCredentialsBuilder().
		WithAk(os.Getenv("AK")).WithSk(secret).WithProjectId(project).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	client, err := dli.DliClientBuilder().WithCredential(credentials).
		WithEndpoints([]string{os.Getenv("ENDPOINT")}).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	return dli.NewDliClient(client)
}

func signed(t *testing.T) *dli.DliClient {
	t.Helper()
	return connect(t, os.Getenv("SK"), os.Getenv("PROJECT_ID"))
}

// database makes one that is deleted with its tables at the end of the test.
func database(t *testing.T, client *dli.DliClient) string {
	t.Helper()
	name := "v3_" + strings.ToLower(t.Name())
	if _, err := client.CreateDatabase(&model.CreateDatabaseRequest{
		Body: &model.CreateDatabaseRequestBody{DatabaseName: name, Description: pointer("表 ü")}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := client.DeleteDatabase(&model.DeleteDatabaseRequest{
			DatabaseName: name, Cascade: pointer(true)}); err != nil {
			t.Error(err)
		}
	})
	return name
}

func submit(t *testing.T, client *dli.DliClient, body model.CreateSqlJobRequestBody) *model.CreateSqlJobResponse {
	t.Helper()
	answer, err := client.CreateSqlJob(&model.CreateSqlJobRequest{Body: &body})
	if err != nil {
		t.Fatal(err)
	}
	if !*answer.IsSuccess || *answer.JobId == "" {
		t.Fatalf("no job: %v", answer)
	}
	return answer
}

func await(t *testing.T, client *dli.DliClient, id string) *model.ShowSqlJobStatusResponse {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		status, err := client.ShowSqlJobStatus(&model.ShowSqlJobStatusRequest{JobId: id})
		if err != nil {
			t.Fatal(err)
		}
		switch status.Status.Value() {
		case "FINISHED", "FAILED", "CANCELLED":
			return status
		}
	}
	t.Fatalf("patience ended with job %s", id)
	return nil
}

func run(t *testing.T, client *dli.DliClient, database, sql string) *model.ShowSqlJobStatusResponse {
	t.Helper()
	body := model.CreateSqlJobRequestBody{Sql: sql, Currentdb: &database}
	status := await(t, client, *submit(t, client, body).JobId)
	if status.Status.Value() != "FINISHED" {
		t.Fatalf("%s: %v", sql, status)
	}
	return status
}

// refused says that the SDK made its own error of the answer, with everything in it.
func refused(t *testing.T, err error, http int, code string) {
	t.Helper()
	var refusal *sdkerr.ServiceResponseError
	if !errors.As(err, &refusal) {
		t.Fatalf("not refused: %v", err)
	}
	if refusal.StatusCode != http || refusal.ErrorCode != code || refusal.ErrorMessage == "" || refusal.RequestId == "" {
		t.Fatalf("not %d %s: %+v", http, code, refusal)
	}
}
