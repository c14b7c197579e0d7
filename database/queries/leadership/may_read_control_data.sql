-- Whether our role may ask for the server's system identifier.
select has_function_privilege('pg_control_system()', 'execute') as may
