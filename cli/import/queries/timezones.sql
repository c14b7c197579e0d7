-- Zones of the database that dialer_is_timezone takes; the rest of its list are aliases and POSIX rules.
select name from pg_timezone_names
where name ~ '^(UTC|GMT|Etc/GMT(-([0-9]|1[0-4])|\+([0-9]|1[0-2]))|[A-Z][A-Za-z_]+(/[A-Za-z_-]+){1,2})$'
