-- Ends queued attempts that may not be sent and gives their leads back. $1 attempt ids
select dialer_cancel_queued($1::uuid[])
