-- The server, our role on it, and connections allowed and in use; no parameters. A limit of -1 is none.
select current_setting('server_version_num')::int as "versionNumber", current_setting('server_version') as version,
  current_user::text as role, current_database()::text as database,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0) as "serverLimit",
  (select rolconnlimit from pg_roles where rolname = current_user) as "roleLimit",
  (select datconnlimit from pg_database where datname = current_database()) as "databaseLimit",
  count(*)::int as "inUse",
  (count(*) filter (where usename = current_user))::int as "inUseByRole",
  (count(*) filter (where datname = current_database()))::int as "inUseInDatabase"
from pg_stat_activity
where datid is not null and pid <> pg_backend_pid()
