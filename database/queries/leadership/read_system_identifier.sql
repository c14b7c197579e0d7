-- The server's system identifier: made by initdb, the same on physical copies and replicas.
select (pg_control_system()).system_identifier::text as identifier
