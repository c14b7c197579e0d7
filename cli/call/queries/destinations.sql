-- Destinations, and why an answered test call cannot go to each; null: it can. $1 account, $2 voice node
select id, name, case
  when account_ids is not null and $1::uuid <> all (account_ids) then 'DESTINATION_NOT_PERMITTED'
  when not is_active then 'DESTINATION_INACTIVE'
  when voice_node <> $2 then 'DESTINATION_NODE' end as flaw
from destinations
order by name
