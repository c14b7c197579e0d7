-- Whether this database is a copy of another installation's, or was moved since an engine last started here. $1 where it is now
select copied_at is not null as "isCopy", copied_from as "from",
  to_char(copied_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') as "copiedAt",
  place is not null as "isSettled", place is null or dialer_is_same_place(place, $1) as "isHere",
  (select count(*)::int from campaigns where status = 'PAUSED' and pause_reason = 'COPIED_DATABASE') as "waiting",
  (select count(*)::int from campaigns where status = 'ACTIVE') as "active"
from installation
