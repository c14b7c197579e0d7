-- Why the campaign does not dial. $1 campaign
select distinct reason from dialing_blockers where campaign_id = $1 order by reason
