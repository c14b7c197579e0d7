-- Why a test call is not made. $1 campaign
select reason from dialing_blockers where campaign_id = $1 order by reason
