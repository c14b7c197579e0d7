-- A pass's verdict in full. $1 campaign, $2 verdict
update campaign_passes set verdict = $2 where campaign_id = $1
