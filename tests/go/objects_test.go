package suite

import (
	"errors"
	"os"
	"testing"

	"github.com/chnsz/golangsdk"
	"github.com/chnsz/golangsdk/openstack/dli/v1/databases"
	"github.com/chnsz/golangsdk/openstack/dli/v1/queues"
	"github.com/chnsz/golangsdk/openstack/dli/v1/sqljob"
	"github.com/chnsz/golangsdk/openstack/dli/v1/tables"
)

func TestADatabaseIsFoundByKeywordAndDeleted(t *testing.T) {
	client := signed(t)
	name := database(t, client)
	_, err := databases.Create(client, databases.CreateOpts{Name: name})
	refused(t, err, "DLI.0006")
	listed, err := databases.List(client, databases.ListOpts{Keyword: name})
	if err != nil || listed.DatabaseCount != 1 || listed.Databases[0].Name != name ||
		listed.Databases[0].Description != "made by Go" || listed.Databases[0].ResourceId == "" {
		t.Errorf("%+v %v", listed, err)
	}
	if _, err := databases.Create(client, databases.CreateOpts{Name: name + "_2"}); err != nil {
		t.Fatal(err)
	}
	if deleted := databases.Delete(client, name+"_2"); deleted.Err != nil {
		t.Error(deleted.Err)
	}
	refused(t, databases.Delete(client, name+"_2").Err, "DLI.0002")
}

func TestATableIsReadBackAsTerraformReadsIt(t *testing.T) {
	client := signed(t)
	name := database(t, client)
	yes := true
	made, err := tables.Create(client, name, tables.CreateTableOpts{
		TableName: "t1", DataLocation: tables.TableTypeDLI, Description: "a 'comment'",
		Columns: []tables.ColumnOpts{
			{ColumnName: "p", Type: "string", IsPartitionColumn: &yes},
			{ColumnName: "id", Type: "int", Description: "the id"}}})
	if err != nil || !made.IsSuccess {
		t.Fatal(made, err)
	}
	table, err := tables.Get(client, name, "t1")
	if err != nil || !table.IsSuccess || table.ColumnCount != 2 || table.TableType != "MANAGED" ||
		table.TableComment != "a 'comment'" {
		t.Fatalf("%+v %v", table, err)
	}
	first, second := table.Columns[0], table.Columns[1]
	if first.ColumnName != "id" || first.Type != "int" || first.Description != "the id" ||
		first.IsPartitionColumn || second.ColumnName != "p" || !second.IsPartitionColumn {
		t.Errorf("%+v", table.Columns)
	}
	listed, err := tables.List(client, name, tables.ListOpts{Keyword: "t1", WithDetail: &yes, WithPriv: &yes})
	if err != nil || listed.TableCount != 1 || listed.Tables[0].DataLocation != tables.TableTypeDLI ||
		listed.Tables[0].CreateTime == 0 || listed.Tables[0].Owner == "" {
		t.Errorf("%+v %v", listed, err)
	}
	deleted, err := tables.Delete(client, name, "t1", false)
	if err != nil || !deleted.IsSuccess || deleted.JobMode != "sync" {
		t.Errorf("%+v %v", deleted, err)
	}
	_, err = tables.Get(client, name, "t1")
	refused(t, err, "DLI.0002")
}

func TestAQueueIsListedAndShown(t *testing.T) {
	client := signed(t)
	list := queues.List(client, queues.ListOpts{QueueType: "sql"})
	listed, is := list.Body.(*queues.ListResult)
	if list.Err != nil || !is || len(listed.Queues) == 0 || listed.Queues[0].QueueName != "default" {
		t.Errorf("%+v %v", list.Body, list.Err)
	}
	get := queues.Get(client, "default")
	shown, is := get.Body.(*queues.Queue4Get)
	if get.Err != nil || !is || shown.QueueName != "default" || shown.CuCount == 0 || shown.QueueType != "sql" {
		t.Errorf("%+v %v", get.Body, get.Err)
	}
	refused(t, queues.Get(client, "nope").Err, "DLI.0002")
}

func TestTheProjectIsFoundByItsName(t *testing.T) {
	how := options()
	how.ProjectId, how.ProjectName = "", os.Getenv("REGION")
	client := dli(t, how)
	if client.ProjectID != os.Getenv("PROJECT_ID") {
		t.Errorf("project %q", client.ProjectID)
	}
	run(t, client, sqljob.SqlJobOpts{Sql: "SELECT 1 AS one"})
}

func TestAPasswordGetsATokenThatWorks(t *testing.T) {
	client := dli(t, golangsdk.AuthOptions{
		IdentityEndpoint: os.Getenv("ENDPOINT") + "/v3", Username: os.Getenv("USER_NAME"),
		Password: os.Getenv("PASSWORD"), DomainName: "sluice", TenantID: os.Getenv("PROJECT_ID")})
	run(t, client, sqljob.SqlJobOpts{Sql: "SELECT 1 AS one"})
}

func TestTheCatalogLeadsToTheService(t *testing.T) {
	how := options()
	how.WithUserCatalog = false
	client := dli(t, how)
	for kind, end := range map[string]string{"dli": "/v1.0/" + os.Getenv("PROJECT_ID") + "/", "iam": "/v3/"} {
		endpoint, err := client.EndpointLocator(golangsdk.EndpointOpts{
			Type: kind, Region: os.Getenv("REGION"), Availability: golangsdk.AvailabilityPublic})
		if err != nil || endpoint != os.Getenv("ENDPOINT")+end {
			t.Errorf("%s: %q %v", kind, endpoint, err)
		}
	}
}

func TestAWrongKeyIsUnauthorized(t *testing.T) {
	how := options()
	how.SecretKey = "wrong"
	_, err := sqljob.Submit(dli(t, how), sqljob.SqlJobOpts{Sql: "SELECT 1"})
	var unauthorized golangsdk.ErrDefault401
	if !errors.As(err, &unauthorized) {
		t.Errorf("%v", err)
	}
	run(t, signed(t), sqljob.SqlJobOpts{Sql: "SELECT 1 AS one"})
}
