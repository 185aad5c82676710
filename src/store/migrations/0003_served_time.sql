-- How old a record is, when it comes to removing it, is counted in the time that servers have run on
-- this store (served_clock.h): the counter served_ms. No wall clock makes anything older. What an
-- earlier release left has the age 0 from here on, as its wall clocks cannot be checked any more.

ALTER TABLE jobs ADD COLUMN ended_served_ms INTEGER NOT NULL DEFAULT 0;

ALTER TABLE idempotency_keys RENAME COLUMN created_ms TO created_served_ms;
UPDATE idempotency_keys SET created_served_ms = 0;

ALTER TABLE dropped_locations RENAME COLUMN dropped_ms TO dropped_served_ms;
UPDATE dropped_locations SET dropped_served_ms = 0;

ALTER TABLE unreferenced_files RENAME COLUMN since_ms TO since_served_ms;
UPDATE unreferenced_files SET since_served_ms = 0;
