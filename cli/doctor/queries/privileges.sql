-- What our role may do in the schemas it needs; $1 text[]: their names, $2 text[]: the dialer's names in the first.
-- A missing schema must be created, an existing one must let us create in it, and what is there must be ours to alter.
select wanted.name as schema, space.oid is not null as "exists",
  has_database_privilege(current_database(), 'CREATE') as "mayCreateSchema",
  coalesce(has_schema_privilege(space.oid, 'USAGE') and has_schema_privilege(space.oid, 'CREATE'), false) as "mayCreate",
  array(
    select thing.relname::text from pg_class as thing
    where thing.relnamespace = space.oid and thing.relkind in ('r', 'p', 'v')
      and (wanted.position > 1 or thing.relname = any ($2))
      and not pg_has_role(thing.relowner, 'USAGE')
    order by thing.relname limit 5) as "notOwned"
from unnest($1::text[]) with ordinality as wanted (name, position)
left join pg_namespace as space on space.nspname = wanted.name
order by wanted.position
