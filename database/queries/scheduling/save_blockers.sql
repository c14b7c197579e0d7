-- Replaces the blockers of a pass. $1 campaign, $2 blockers
update campaign_passes set verdict = $2 where campaign_id = $1
