-- Counts calls of a node that ended without an event of the PBX. At 3 in a row dialling stops for a minute, doubled with each
-- probe that ends in the same way, up to half an hour; calls under way when it stopped say nothing new. $1 node, $2 how many
update voice_nodes
set unheard_calls = case
    when unheard_calls < 3 then least(unheard_calls + $2::int, 3)
    when unheard_until > clock_timestamp() then unheard_calls
    else least(unheard_calls + 1, 8) end,
  unheard_until = case
    when unheard_calls + $2::int < 3 then null
    when unheard_calls >= 3 and unheard_until > clock_timestamp() then unheard_until
    else clock_timestamp() + case when unheard_calls < 3 then 1 else least(30, power(2, unheard_calls - 2)) end * interval '1 min' end
where name = $1
returning unheard_calls >= 3 as "isStopped", unheard_until as "until"
