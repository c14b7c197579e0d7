-- A screen is in use; $1 uuid. At most one write a minute.
update wallboard_displays set last_used_at = clock_timestamp()
where id = $1 and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')
