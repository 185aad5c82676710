package suite

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/chnsz/golangsdk"
	"github.com/chnsz/golangsdk/openstack/common/tags"
	"github.com/chnsz/golangsdk/openstack/dli/v1/sqljob"
)

const endless = "SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b"

func TestAJobGoesFromSubmitToItsDetail(t *testing.T) {
	client := signed(t)
	name := database(t, client)
	run(t, client, sqljob.SqlJobOpts{Sql: "CREATE TABLE t (id INT, name STRING)", Currentdb: name})
	inserted := run(t, client, sqljob.SqlJobOpts{Sql: "INSERT INTO t VALUES (1, 'a'), (2, NULL)", Currentdb: name})
	if inserted.ResultCount != 2 || inserted.InputRowCount != 2 || inserted.BadRowCount != 0 {
		t.Errorf("counts of the insert: %+v", inserted)
	}
	labels := []tags.ResourceTag{{Key: "workspace", Value: "space1"}}
	status := run(t, client, sqljob.SqlJobOpts{
		Sql: "SELECT * FROM t", Currentdb: name, QueueName: "default", Tags: labels,
		Conf: []string{"spark.sql.shuffle.partitions = 4"},
	})
	if status.JobType != sqljob.JobTypeQuery || status.JobMode != "async" || status.ResultCount != 2 ||
		status.DatabaseName != name || status.TableName != "t" || status.Statement != "SELECT * FROM t" ||
		!reflect.DeepEqual(status.Tags, labels) || status.InputSize == 0 || status.Message != "" {
		t.Errorf("status: %+v", status)
	}
	var schema struct {
		Type   string
		Fields []struct{ Name, Type string }
	}
	if err := json.Unmarshal([]byte(status.Detail), &schema); err != nil || schema.Type != "struct" ||
		len(schema.Fields) != 2 || schema.Fields[0].Type != "integer" {
		t.Errorf("detail: %s %v", status.Detail, err)
	}
	detail, err := sqljob.Get(client, status.JobId)
	if err != nil || !detail.IsSuccess || detail.DatabaseName != name || detail.Owner != status.Owner ||
		detail.StartTime != status.StartTime || detail.Duration != status.Duration {
		t.Errorf("detail: %+v %v", detail, err)
	}
}

func TestProgressIsAnIntegerAllTheWay(t *testing.T) {
	client := signed(t)
	id := submit(t, client, sqljob.SqlJobOpts{Sql: endless}).JobId
	await(t, client, id, func(status string) bool { return status == sqljob.JobStatusRunning })
	progress, err := sqljob.Progress(client, id)
	if err != nil || progress.Progress != 0 || progress.Status != sqljob.JobStatusRunning {
		t.Errorf("progress: %+v %v", progress, err)
	}
	if _, err := sqljob.Cancel(client, id); err != nil {
		t.Error(err)
	}
	done := run(t, client, sqljob.SqlJobOpts{Sql: "SELECT 1 AS one"})
	if progress, err = sqljob.Progress(client, done.JobId); err != nil || progress.Progress != 1 {
		t.Errorf("progress: %+v %v", progress, err)
	}
}

func TestACancelledJobIsCancelledAndThenCannotBe(t *testing.T) {
	client := signed(t)
	id := submit(t, client, sqljob.SqlJobOpts{Sql: endless}).JobId
	for range [2]int{} {
		answer, err := sqljob.Cancel(client, id)
		if err != nil {
			refused(t, err, "DLI.0007")
		} else if !answer.IsSuccess {
			t.Errorf("cancel: %+v", answer)
		}
	}
	if status := await(t, client, id, isFinal); status.Status != sqljob.JobStatusCancelled || status.Message == "" {
		t.Errorf("status: %+v", status)
	}
	_, err := sqljob.Cancel(client, id)
	refused(t, err, "DLI.0007")
}

func TestSynchronousDdlHasRowsOfStringsAndNulls(t *testing.T) {
	client := signed(t)
	name := database(t, client)
	sync := []string{"dli.sql.sqlasync.enabled=false"}
	made := submit(t, client, sqljob.SqlJobOpts{
		Sql: "CREATE TABLE t (c1 INT COMMENT 'first', c2 DECIMAL(10,2))", Currentdb: name, Conf: sync})
	if made.JobMode != "sync" || made.JobType != sqljob.JobTypeDDL {
		t.Errorf("made: %+v", made)
	}
	described := submit(t, client, sqljob.SqlJobOpts{Sql: "DESC t", Currentdb: name, Conf: sync})
	rows := [][]string{{"c1", "int", "first"}, {"c2", "decimal(10,2)", ""}}
	schema := []map[string]string{{"col_name": "string"}, {"data_type": "string"}, {"comment": "string"}}
	if !reflect.DeepEqual(described.Rows, rows) || !reflect.DeepEqual(described.Schema, schema) {
		t.Errorf("described: %+v", described)
	}
}

func TestTheListIsReadToItsEnd(t *testing.T) {
	client := signed(t)
	var ids []string
	for range [5]int{} {
		ids = append(ids, run(t, client, sqljob.SqlJobOpts{Sql: "SELECT 'page of Go' AS text"}).JobId)
	}
	size, zero := 2, 0
	seen := map[string]bool{}
	for page := 1; ; page++ {
		number := page
		answer, err := sqljob.List(client, sqljob.ListJobsOpts{
			PageSize: &size, CurrentPage: &number, Start: &zero, End: &zero, JobType: "QUERY",
			JobStatus: "FINISHED", QueueName: "default", SqlPattern: "PAGE of go", Order: "start_time_asc",
			EngineType: "spark"})
		if err != nil || answer.JobCount != len(ids) {
			t.Fatalf("page %d: %+v %v", page, answer, err)
		}
		if len(answer.Jobs) == 0 {
			break
		}
		for _, job := range answer.Jobs {
			seen[job.JobId] = true
		}
	}
	if len(seen) != len(ids) {
		t.Errorf("seen %d of %d", len(seen), len(ids))
	}
}

// The provider's data source pages like this: whatever arrays an answer has are put together.
func TestThePagerOfTheProviderEnds(t *testing.T) {
	client := signed(t)
	run(t, client, sqljob.SqlJobOpts{Sql: "SELECT 1 AS one"})
	url := client.ServiceURL("jobs") + "?end=0&page-size=50&start=0"
	headers := map[string]string{"Content-Type": "application/json"}
	pages := 0
	for number := 1; ; number++ {
		var body map[string]interface{}
		_, err := client.Get(url+"&current-page="+string(rune('0'+number)), &body,
			&golangsdk.RequestOpts{MoreHeaders: headers, OkCodes: []int{200}})
		if err != nil {
			t.Fatal(err)
		}
		arrays := 0
		for _, member := range body {
			if _, is := member.([]interface{}); is {
				arrays++
			}
		}
		if arrays != 1 {
			t.Fatalf("%d arrays: %v", arrays, body)
		}
		if len(body["jobs"].([]interface{})) == 0 {
			break
		}
		pages++
	}
	if pages == 0 {
		t.Error("no page has a job")
	}
}

func TestASyntaxErrorAndAMissingQueueAreRefused(t *testing.T) {
	client := signed(t)
	_, err := sqljob.Submit(client, sqljob.SqlJobOpts{Sql: "SELEC 1"})
	refused(t, err, "DLI.0004")
	_, err = sqljob.Submit(client, sqljob.SqlJobOpts{Sql: "SELECT 1", QueueName: "nope"})
	refused(t, err, "DLI.0002")
	_, err = sqljob.Status(client, "00000000-0000-7000-8000-000000000000")
	refused(t, err, "DLI.0002")
}

func TestCheckSqlTakesAnEmptyDatabase(t *testing.T) {
	client := signed(t)
	answer, err := sqljob.CheckSQLGramar(client, sqljob.CheckSQLGramarOpts{Sql: "SELECT 1"})
	if err != nil || !answer.IsSuccess || answer.JobType != sqljob.JobTypeQuery {
		t.Errorf("%+v %v", answer, err)
	}
	_, err = sqljob.CheckSQLGramar(client, sqljob.CheckSQLGramarOpts{Sql: "SELECT * FROM nowhere"})
	refused(t, err, "DLI.0005")
}

func TestAFailedJobTellsItsReason(t *testing.T) {
	client := signed(t)
	id := submit(t, client, sqljob.SqlJobOpts{Sql: "SELECT * FROM nowhere"}).JobId
	status := await(t, client, id, isFinal)
	var reason struct {
		Code string `json:"error_code"`
	}
	if err := json.Unmarshal([]byte(status.Message), &reason); err != nil || reason.Code != "DLI.0005" {
		t.Errorf("%+v %v", status, err)
	}
}
