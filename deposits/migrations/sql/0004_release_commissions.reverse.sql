DROP FUNCTION release_commissions(uuid [], uuid [], numeric []);
