-- Which installation this is.
select id from installation
