-- The number of this database in its server: another one for each database that is created, the same after a rename.
select oid::text as oid from pg_database where datname = current_database()
