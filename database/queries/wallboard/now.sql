-- The database's clock; no parameters.
select clock_timestamp() as at
