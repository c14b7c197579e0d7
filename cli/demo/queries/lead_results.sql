-- The results of the leads. $1 campaign
select status, coalesce(status_reason, '') as "reason", count(*)::int as "count"
from leads
where campaign_id = $1
group by 1, 2
order by 1, 3 desc, 2
