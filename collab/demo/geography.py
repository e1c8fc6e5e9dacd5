"""Real places of Europe on which the invented companies of the demo network stand."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class Place:
    """A town: UN/LOCODE, name, ISO country, degrees north and east, IANA time zone."""

    locode: str
    city: str
    country: str
    latitude: float
    longitude: float
    timezone: str


_TIMEZONES = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "BG": "Europe/Sofia",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "ES": "Europe/Madrid",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "HU": "Europe/Budapest",
    "IT": "Europe/Rome",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava",
}

_TOWNS = (
    ("DEMUC", "Munich", 48.14, 11.58),
    ("CZBRQ", "Brno", 49.20, 16.61),
    ("ESZAZ", "Zaragoza", 41.65, -0.88),
    ("ROBRV", "Brasov", 45.65, 25.61),
    ("PTOPO", "Porto", 41.15, -8.61),
    ("PLGWC", "Gliwice", 50.29, 18.67),
    ("NOOSL", "Oslo", 59.91, 10.75),
    ("DEDUI", "Duisburg", 51.43, 6.76),
    ("ROTSR", "Timisoara", 45.75, 21.23),
    ("PLLCJ", "Lodz", 51.76, 19.46),
    ("FRLIO", "Lyon", 45.76, 4.84),
    ("ATGRZ", "Graz", 47.07, 15.44),
    ("SEGOT", "Gothenburg", 57.71, 11.97),
    ("GBCVT", "Coventry", 52.41, -1.51),
    ("HUGYO", "Gyor", 47.69, 17.63),
    ("ITBLQ", "Bologna", 44.49, 11.34),
    ("ESVLC", "Valencia", 39.47, -0.38),
    ("DECHE", "Chemnitz", 50.83, 12.92),
    ("SKTNA", "Trnava", 48.38, 17.59),
    ("PLWRO", "Wroclaw", 51.11, 17.03),
    ("ROSBZ", "Sibiu", 45.79, 24.15),
    ("FRSXB", "Strasbourg", 48.58, 7.75),
    ("BEGNK", "Genk", 50.97, 5.50),
    ("ESPNA", "Pamplona", 42.81, -1.65),
    ("CZOSR", "Ostrava", 49.84, 18.28),
    ("ITTRN", "Turin", 45.07, 7.69),
    ("HUDEB", "Debrecen", 47.53, 21.63),
    ("NLEIN", "Eindhoven", 51.44, 5.48),
    ("PTBGZ", "Braga", 41.55, -8.42),
    ("DEKAS", "Kassel", 51.31, 9.48),
    ("SKKSC", "Kosice", 48.72, 21.26),
    ("BGPDV", "Plovdiv", 42.14, 24.75),
    ("FRMLH", "Mulhouse", 47.75, 7.34),
    ("ATLNZ", "Linz", 48.31, 14.29),
    ("ESVGO", "Vigo", 42.24, -8.72),
    ("PLPOZ", "Poznan", 52.41, 16.93),
    ("SIMBX", "Maribor", 46.55, 15.65),
    ("ROARW", "Arad", 46.18, 21.31),
    ("DENUE", "Nuremberg", 49.45, 11.08),
    ("SEJKG", "Jonkoping", 57.78, 14.16),
    ("PTAVE", "Aveiro", 40.64, -8.65),
    ("FRLLE", "Lille", 50.63, 3.06),
    ("PLKTW", "Katowice", 50.26, 19.02),
    ("DEAAH", "Aachen", 50.78, 6.08),
    ("ITBGO", "Bergamo", 45.70, 9.67),
    ("ESVLL", "Valladolid", 41.65, -4.73),
    ("DEDRS", "Dresden", 51.05, 13.74),
    ("PLRZE", "Rzeszow", 50.04, 22.00),
    ("FRMZM", "Metz", 49.12, 6.18),
    ("ROOMR", "Oradea", 47.05, 21.92),
    ("BEGNE", "Ghent", 51.05, 3.72),
    ("GBSUN", "Sunderland", 54.91, -1.38),
    ("ESBIO", "Bilbao", 43.26, -2.93),
    ("DKAAR", "Aarhus", 56.15, 10.21),
    ("NLRTM", "Rotterdam", 51.92, 4.48),
    ("DEHAM", "Hamburg", 53.55, 9.99),
    ("BEANR", "Antwerp", 51.22, 4.40),
)
PLACES: dict[str, Place] = {
    city: Place(locode, city, locode[:2], latitude, longitude, _TIMEZONES[locode[:2]])
    for locode, city, latitude, longitude in _TOWNS
}
SUPPLIER_CITIES = tuple(list(PLACES)[8:])


def great_circle_km(start: Place, end: Place) -> float:
    """Return the shortest distance over the globe between two places [km], by the haversine."""
    north, south = radians(start.latitude), radians(end.latitude)
    across = sin((south - north) / 2) ** 2
    along = sin(radians(end.longitude - start.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(across + cos(north) * cos(south) * along))
