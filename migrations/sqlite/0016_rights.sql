-- Requests of persons name nobody, so no view can count people in them: five requests of one person made a line.
DROP VIEW committee_person_requests;
