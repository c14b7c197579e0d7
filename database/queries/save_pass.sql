-- The verdict of a pass. $1 campaign, $2 account, $3 next pass, $4 hungry, $5 verdict
insert into campaign_passes (campaign_id, account_id, pass_at, next_pass_at, is_hungry, verdict)
values ($1, $2, clock_timestamp(), $3, $4, $5)
on conflict (campaign_id) do update
set pass_at = excluded.pass_at, next_pass_at = excluded.next_pass_at, is_hungry = excluded.is_hungry, verdict = excluded.verdict
