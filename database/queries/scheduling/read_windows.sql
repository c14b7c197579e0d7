-- Calling windows of campaigns. $1 campaign ids
select campaign_id as "campaignId", weekday::int, to_char(opens, 'HH24:MI') as opens, to_char(closes, 'HH24:MI') as closes
from campaign_windows where campaign_id = any($1::uuid[])
