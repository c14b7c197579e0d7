-- Live attempts by state; no parameters.
select state, count(*)::int as attempts
from call_attempts
where end_at is null
group by state
order by state
