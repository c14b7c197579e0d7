-- Who we are.
select id from installation
