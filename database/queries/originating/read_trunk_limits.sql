-- The rate limits of a node's trunks; those of one group share the smallest. $1 node
select id, name, coalesce('group:' || limit_group, id::text) as "rateGroup",
  (min(cps_limit) over (partition by coalesce(limit_group, id::text)))::float8 as "cpsLimit"
from trunk_config where voice_node = $1
