-- A portion of the attempts that ended before their retention. $1 before, $2 how many
delete from call_attempts where id in (
  select id from call_attempts where end_at < $1 order by end_at limit $2)
