-- Whether the dialer's tables are in this schema already. No parameters.
select to_regclass('dialer_migrations') is not null as "isInstalled"
