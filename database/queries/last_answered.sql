-- How long the last answered calls of a campaign, since it was last activated, lasted, newest first. $1 campaign, $2 how many
select answered_duration_ms as "ms" from call_attempts
where campaign_id = $1 and answer_at is not null and end_at is not null
  and end_at >= coalesce((select campaign_at.activated_at from campaigns as campaign_at where campaign_at.id = $1), '-infinity')
order by end_at desc limit $2
