-- What the answered calls of a campaign say about its hand-over since it was last activated, newest first: those whose answer
-- became known in the last 3 s (500 at most), and $2 more before them. Times by the database's clock only. $1 campaign, $2 how
-- many
with clock as (
  select clock_timestamp() as now, clock_timestamp() - interval '3 s' as young,
    coalesce((select campaigns.activated_at from campaigns where campaigns.id = $1), '-infinity') as activated_at
)
select extract(epoch from clock.now - seen.hand_over_at) * 1000 as "ageMs", seen.hand_over_is_short as "isShort"
from clock cross join lateral (
  (select hand_over_at, hand_over_is_short, id from call_attempts
    where campaign_id = $1 and hand_over_at >= greatest(clock.young, clock.activated_at)
    order by hand_over_at desc limit 500)
  union all
  (select hand_over_at, hand_over_is_short, id from call_attempts
    where campaign_id = $1 and hand_over_at >= clock.activated_at and hand_over_at < clock.young
    order by hand_over_at desc limit $2)
) as seen
order by seen.hand_over_at desc, seen.id
