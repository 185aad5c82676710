// Package suite drives a running Sluice with golangsdk, unmodified: the client inside Terraform's
// provider, and the strictest reader of JSON among the clients.
package suite

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chnsz/golangsdk"
	"github.com/chnsz/golangsdk/openstack"
	"github.com/chnsz/golangsdk/openstack/dli/v1/databases"
	"github.com/chnsz/golangsdk/openstack/dli/v1/sqljob"
)

const patience = 60 * time.Second

// options are what Terraform's provider fills in with AK/SK.
func options() golangsdk.AKSKAuthOptions {
	return golangsdk.AKSKAuthOptions{
		IdentityEndpoint: os.Getenv("ENDPOINT") + "/v3",
		Region:           os.Getenv("REGION"),
		ProjectId:        os.Getenv("PROJECT_ID"),
		AccessKey:        os.Getenv("AK"),
		SecretKey:        os.Getenv("SK"),
		WithUserCatalog:  true,
	}
}

func dli(t *testing.T, how golangsdk.AuthOptionsProvider) *golangsdk.ServiceClient {
	t.Helper()
	provider, err := openstack.NewClient(os.Getenv("ENDPOINT") + "/v3")
	if err != nil {
		t.Fatal(err)
	}
	if err := openstack.Authenticate(provider, how); err != nil {
		t.Fatal(err)
	}
	project := provider.ProjectID
	if project == "" {
		project = os.Getenv("PROJECT_ID")
	}
	endpoint := os.Getenv("ENDPOINT") + "/"
	return &golangsdk.ServiceClient{
		ProviderClient: provider,
		Endpoint:       endpoint,
		ResourceBase:   endpoint + "v1.0/" + project + "/",
	}
}

func signed(t *testing.T) *golangsdk.ServiceClient {
	t.Helper()
	return dli(t, options())
}

// database makes one that is dropped with its tables at the end of the test.
func database(t *testing.T, client *golangsdk.ServiceClient) string {
	t.Helper()
	name := "go_" + strings.ToLower(strings.NewReplacer("/", "_", "-", "_").Replace(t.Name()))
	answer, err := databases.Create(client, databases.CreateOpts{Name: name, Description: "made by Go"})
	if err != nil || !answer.IsSuccess {
		t.Fatal(answer, err)
	}
	t.Cleanup(func() {
		run(t, client, sqljob.SqlJobOpts{Sql: "DROP DATABASE " + name + " CASCADE"})
	})
	return name
}

func submit(t *testing.T, client *golangsdk.ServiceClient, opts sqljob.SqlJobOpts) *sqljob.SubmitJobResult {
	t.Helper()
	answer, err := sqljob.Submit(client, opts)
	if err != nil {
		t.Fatal(err)
	}
	if !answer.IsSuccess || answer.JobId == "" {
		t.Fatalf("no job: %+v", answer)
	}
	return answer
}

func isFinal(status string) bool {
	return status == sqljob.JobStatusFinished || status == sqljob.JobStatusFailed ||
		status == sqljob.JobStatusCancelled
}

// await polls as Terraform does.
func await(t *testing.T, client *golangsdk.ServiceClient, id string, wanted func(string) bool) *sqljob.JobStatus {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		status, err := sqljob.Status(client, id)
		if err != nil {
			t.Fatal(err)
		}
		if wanted(status.Status) {
			return status
		}
	}
	t.Fatalf("patience ended with job %s", id)
	return nil
}

func run(t *testing.T, client *golangsdk.ServiceClient, opts sqljob.SqlJobOpts) *sqljob.JobStatus {
	t.Helper()
	status := await(t, client, submit(t, client, opts).JobId, isFinal)
	if status.Status != sqljob.JobStatusFinished {
		t.Fatalf("%s: %+v", opts.Sql, status)
	}
	return status
}

// refused says that the call was answered 400 with this code.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	var bad golangsdk.ErrDefault400
	if !errors.As(err, &bad) {
		t.Fatalf("not a 400: %v", err)
	}
	if !strings.Contains(string(bad.Body), `"error_code":"`+code+`"`) {
		t.Fatalf("not %s: %s", code, bad.Body)
	}
}
