-- Why a test call is not made. $1 campaign
select reason from dialing_blockers where campaign_id = $1 and (reason <> 'NOT_ACTIVE' or detail not like 'ACCOUNT%') order by reason
