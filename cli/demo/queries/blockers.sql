-- Why the campaign does not dial. $1 campaign
select distinct reason from dialing_blockers where campaign_id = $1 and (reason <> 'NOT_ACTIVE' or detail = 'PAUSED') order by reason
