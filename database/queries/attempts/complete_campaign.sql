-- Completes a locked campaign if it has nothing left to do, or its time is over and no call of it is live. $1 campaign
update campaigns
set status = 'COMPLETED', completed_at = clock_timestamp(), completed_by = 'ENGINE'
where id = $1 and status = 'ACTIVE'
  and not exists (select from call_attempts where campaign_id = $1 and end_at is null)
  and (
    valid_until <= clock_timestamp()
    or (
      auto_complete
      and exists (select from leads where campaign_id = $1)
      and not exists (select from leads where campaign_id = $1 and status in ('NEW', 'RETRY'))
      and not exists (select from leads where campaign_id = $1 and status = 'IN_PROGRESS')))
returning id
