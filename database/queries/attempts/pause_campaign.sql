-- The engine pauses a campaign and says why. $1 campaign, $2 reason
update campaigns set status = 'PAUSED', pause_reason = $2 where id = $1 and status = 'ACTIVE' returning id
