module sluice/tests/go

go 1.21

require github.com/chnsz/golangsdk v1.77.8

require (
	github.com/tjfoc/gmsm v1.4.1 // indirect
	go.mongodb.org/mongo-driver v1.17.2 // indirect
	golang.org/x/crypto v0.26.0 // indirect
)
