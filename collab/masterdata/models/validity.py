"""Date ranges as the database compares them."""

from django.contrib.postgres.fields import DateRangeField
from django.db.models import Func


class DateRange(Func):
    """SQL ``daterange(from, to)``: the first day counts, the last does not; NULL is open."""

    function = "DATERANGE"
    output_field = DateRangeField()
