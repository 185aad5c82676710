package v3

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/dli/v1/model"
)

func TestV3RunsAJobFromSubmitToItsRows(t *testing.T) {
	client := signed(t)
	name := database(t, client)
	run(t, client, name, "CREATE TABLE t (id BIGINT, name STRING, price DECIMAL(38,10)) PARTITIONED BY (name)")
	inserted := run(t, client, name, "INSERT INTO t VALUES (9223372036854775807, 1.5, '空😀\"'), (NULL, NULL, NULL)")
	if *inserted.ResultCount != 2 || *inserted.InputRowCount != 2 || *inserted.BadRowCount != 0 {
		t.Errorf("counts of the insert: %v", inserted)
	}
	run(t, client, name, "CREATE TABLE u AS SELECT * FROM t")
	labels := []model.Tag{{Key: "wörk", Value: "空 间"}}
	status := await(t, client, *submit(t, client, model.CreateSqlJobRequestBody{
		Sql: "SELECT * FROM u ORDER BY id", Currentdb: &name, QueueName: pointer("default"), Tags: &labels,
		Conf:       &[]string{"spark.sql.shuffle.partitions = 4"},
		EngineType: pointer(model.GetCreateSqlJobRequestBodyEngineTypeEnum().SPARK)}).JobId)
	if status.JobType.Value() != "QUERY" || *status.JobMode != "async" || *status.ResultCount != 2 ||
		*status.DatabaseName != name || *status.TableName != "u" || *status.InputSize == 0 ||
		*status.UserConf != `{"spark.sql.shuffle.partitions":"4"}` || !reflect.DeepEqual(*status.Tags, labels) {
		t.Errorf("status: %v", status)
	}
	preview, err := client.PreviewSqlJobResult(&model.PreviewSqlJobResultRequest{
		JobId: *status.JobId, QueueName: pointer("default")})
	if err != nil || *preview.RowCount != 2 || len(*preview.Schema) != 3 || (*preview.Schema)[0]["id"] != "bigint" ||
		(*preview.Rows)[1][2] != "空😀\"" || fmt.Sprint((*preview.Rows)[0]) != "[<nil> <nil> <nil>]" {
		t.Errorf("preview: %v %v", preview, err)
	}
	detail, err := client.ShowSqlJobDetail(&model.ShowSqlJobDetailRequest{JobId: *status.JobId})
	if err != nil || *detail.DatabaseName != name || *detail.StartTime != *status.StartTime {
		t.Errorf("detail: %v %v", detail, err)
	}
	progress, err := client.ShowSqlJobProgress(&model.ShowSqlJobProgressRequest{JobId: *status.JobId})
	if err != nil || *progress.Progress != 1 || *progress.Status != "FINISHED" {
		t.Errorf("progress: %v %v", progress, err)
	}
}

func TestV3ReadsTheListToItsEndUnderEveryFilter(t *testing.T) {
	client := signed(t)
	name := database(t, client)
	run(t, client, name, "CREATE TABLE t AS SELECT 1 AS id")
	seen := map[string]bool{}
	for range [5]int{} {
		run(t, client, name, "SELECT 'of v3' AS text FROM t")
	}
	values := model.GetListSqlJobsRequestJobTypesEnum()
	for page := int32(1); ; page++ {
		answer, err := client.ListSqlJobs(&model.ListSqlJobsRequest{
			CurrentPage: &page, PageSize: pointer(int32(2)), DbName: &name, TableName: pointer("t"),
			Start: pointer(int64(0)), End: pointer(int64(0)), QueueName: pointer("default"),
			SqlPattern: pointer("OF v3"), Owner: pointer(os.Getenv("USER_NAME")),
			EngineType: pointer(model.GetListSqlJobsRequestEngineTypeEnum().SPARK),
			JobStatus:  pointer(model.GetListSqlJobsRequestJobStatusEnum().FINISHED),
			JobType:    pointer(model.GetListSqlJobsRequestJobTypeEnum().QUERY),
			JobTypes:   &[]model.ListSqlJobsRequestJobTypes{values.QUERY, values.DDL},
			Order:      pointer(model.GetListSqlJobsRequestOrderEnum().DURATION_ASC)})
		if err != nil || *answer.JobCount != 5 {
			t.Fatalf("page %d: %v %v", page, answer, err)
		}
		if len(*answer.Jobs) == 0 {
			break
		}
		for _, job := range *answer.Jobs {
			seen[job.JobId] = true
			if *job.EndTime != job.StartTime+*job.Duration || job.ResultCount != 1 || job.Status.Value() != "FINISHED" {
				t.Errorf("job: %v", job)
			}
			one, err := client.ListSqlJobs(&model.ListSqlJobsRequest{JobId: &job.JobId})
			if err != nil || *one.JobCount != 1 {
				t.Errorf("by id: %v %v", one, err)
			}
		}
	}
	if len(seen) != 5 {
		t.Errorf("seen %d", len(seen))
	}
}

func TestV3CancelsAJobOnce(t *testing.T) {
	client := signed(t)
	id := *submit(t, client, model.CreateSqlJobRequestBody{Sql: endless}).JobId
	if _, err := client.CancelSqlJob(&model.CancelSqlJobRequest{JobId: id}); err != nil {
		t.Fatal(err)
	}
	if status := await(t, client, id); status.Status.Value() != "CANCELLED" || *status.Message == "" {
		t.Errorf("status: %v", status)
	}
	_, err := client.CancelSqlJob(&model.CancelSqlJobRequest{JobId: id})
	refused(t, err, 400, "DLI.0007")
	_, err = client.PreviewSqlJobResult(&model.PreviewSqlJobResultRequest{JobId: id})
	refused(t, err, 400, "DLI.0007")
}

func TestV3ReadsTheRowsOfSynchronousDdl(t *testing.T) {
	client := signed(t)
	name := database(t, client)
	run(t, client, name, "CREATE TABLE t (c1 INT COMMENT '列')")
	answer := submit(t, client, model.CreateSqlJobRequestBody{Sql: "DESCRIBE t", Currentdb: &name,
		Conf: &[]string{"dli.sql.sqlasync.enabled=false"}})
	if answer.JobMode.Value() != "sync" || fmt.Sprint(*answer.Rows) != "[[c1 int 列]]" || len(*answer.Schema) != 3 {
		t.Errorf("%v", answer)
	}
}

func TestV3MakesErrorsOfRefusals(t *testing.T) {
	client := signed(t)
	_, err := client.CreateSqlJob(&model.CreateSqlJobRequest{Body: &model.CreateSqlJobRequestBody{Sql: "SELEC 1"}})
	refused(t, err, 400, "DLI.0004")
	_, err = client.CheckSql(&model.CheckSqlRequest{Body: &model.CheckSqlRequestBody{Sql: "SELECT * FROM nowhere"}})
	refused(t, err, 400, "DLI.0005")
	_, err = client.ShowSqlJobStatus(&model.ShowSqlJobStatusRequest{JobId: "00000000-0000-7000-8000-000000000000"})
	refused(t, err, 400, "DLI.0002")
	_, err = client.ListSqlJobs(&model.ListSqlJobsRequest{PageSize: pointer(int32(101))})
	refused(t, err, 400, "DLI.0001")
	_, err = connect(t, "wrong", os.Getenv("PROJECT_ID")).ListQueues(&model.ListQueuesRequest{})
	refused(t, err, 401, "APIGW.0301")
	_, err = connect(t, os.Getenv("SK"), "0123456789abcdef0123456789abcdef").ListQueues(&model.ListQueuesRequest{})
	refused(t, err, 403, "APIGW.0302")
	id := *submit(t, client, model.CreateSqlJobRequestBody{Sql: "SELECT `☠`"}).JobId
	var reason struct {
		Code string `json:"error_code"`
	}
	status := await(t, client, id)
	if err := json.Unmarshal([]byte(*status.Message), &reason); err != nil || reason.Code != "DLI.0005" {
		t.Errorf("%v %v", status, err)
	}
}

func TestV3FindsQueuesDatabasesAndTables(t *testing.T) {
	client := signed(t)
	name := database(t, client)
	queues, err := client.ListQueues(&model.ListQueuesRequest{QueueType: pointer("sql"), WithPriv: pointer(true)})
	if err != nil || *(*queues.Queues)[0].QueueName != "default" || (*queues.Queues)[0].QueueType.Value() != "sql" {
		t.Errorf("%v %v", queues, err)
	}
	queue, err := client.ShowQueue(&model.ShowQueueRequest{QueueName: "default"})
	if err != nil || *queue.QueueName != "default" || *queue.CuCount == 0 {
		t.Errorf("%v %v", queue, err)
	}
	databases, err := client.ListDatabases(&model.ListDatabasesRequest{Keyword: &name, Limit: pointer(int32(10))})
	if err != nil || *databases.DatabaseCount != 1 || *(*databases.Databases)[0].Description != "表 ü" {
		t.Errorf("%v %v", databases, err)
	}
	columns := []model.Column{{ColumnName: "p", Type: "string", IsPartitionColumn: pointer(true)},
		{ColumnName: "v", Type: "decimal(10,2)", Description: pointer("the v")}}
	if _, err := client.CreateTable(&model.CreateTableRequest{DatabaseName: name,
		Body: &model.CreateTableRequestBody{TableName: "made", DataLocation: "DLI", Columns: columns}}); err != nil {
		t.Fatal(err)
	}
	tables, err := client.ListTables(&model.ListTablesRequest{DatabaseName: name, WithDetail: pointer(true)})
	if err != nil || *tables.TableCount != 1 || (*tables.Tables)[0].CreateTime == 0 {
		t.Errorf("%v %v", tables, err)
	}
	table, err := client.ShowTable(&model.ShowTableRequest{DatabaseName: name, TableName: "made"})
	if err != nil || *table.ColumnCount != 2 || (*table.Columns)[0].Type != "decimal(10,2)" ||
		!*(*table.Columns)[1].IsPartitionColumn {
		t.Errorf("%v %v", table, err)
	}
	if _, err := client.DeleteTable(&model.DeleteTableRequest{DatabaseName: name, TableName: "made"}); err != nil {
		t.Error(err)
	}
	_, err = client.ShowTable(&model.ShowTableRequest{DatabaseName: name, TableName: "made"})
	refused(t, err, 400, "DLI.0002")
}
