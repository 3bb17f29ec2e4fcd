"""The words that titles and names are made of: invented combinations, one meaning in three languages."""

from typing import NamedTuple


class Noun(NamedTuple):
    """Nominative and genitive; the gender is m, f or n."""

    english: str
    ukrainian: str
    ukrainian_of: str
    ukrainian_gender: str
    russian: str
    russian_of: str
    russian_gender: str


class Adjective(NamedTuple):
    """In the Slavic languages its masculine, feminine and neuter."""

    english: str
    ukrainian: dict[str, str]
    russian: dict[str, str]


_NOUNS = """
Shadow тінь тіні f тень тени f|City місто міста n город города m|Night ніч ночі f ночь ночи f
River ріка ріки f река реки f|House дім дому m дом дома m|Garden сад саду m сад сада m
Winter зима зими f зима зимы f|Road дорога дороги f дорога дороги f|Sea море моря n море моря n
Wind вітер вітру m ветер ветра m|Voice голос голосу m голос голоса m|Bridge міст мосту m мост моста m
Island острів острова m остров острова m|Forest ліс лісу m лес леса m|Star зірка зірки f звезда звезды f
Dream сон сну m сон сна m|War війна війни f война войны f|Heart серце серця n сердце сердца n
Window вікно вікна n окно окна n|Letter лист листа m письмо письма n|Mirror дзеркало дзеркала n зеркало зеркала n
Train поїзд поїзда m поезд поезда m|Summer літо літа n лето лета n|Stone камінь каменя m камень камня m
Fire вогонь вогню m огонь огня m|Bird птах птаха m птица птицы f|King король короля m король короля m
Wolf вовк вовка m волк волка m|Song пісня пісні f песня песни f|Secret таємниця таємниці f тайна тайны f
Sky небо неба n небо неба n|Tower вежа вежі f башня башни f|Snow сніг снігу m снег снега m
Hedgehog їжак їжака m ёж ежа m|Apple яблуко яблука n яблоко яблока n|Plane літак літака m самолёт самолёта m
Star-gazer зоряр зоряра m звездочёт звездочёта m|Memory пам'ять пам'яті f память памяти f
Family сім'я сім'ї f семья семьи f|Storm буря бурі f буря бури f
"""

_ADJECTIVES = """
Red червон ий а е красн ый ая ое|White біл ий а е бел ый ая ое|Black чорн ий а е чёрн ый ая ое
Last останн ій я є последн ий яя ее|Old стар ий а е стар ый ая ое|New нов ий а е нов ый ая ое
Dark темн ий а е тёмн ый ая ое|Quiet тих ий а е тих ий ая ое|Wild дик ий а е дик ий ая ое
Cold холодн ий а е холодн ый ая ое|Golden золот ий а е золот ой ая ое
Half-forgotten напівзабут ий а е полузабыт ый ая ое
Distant далек ий а е далёк ий ая ое|Green зелен ий а е зелён ый ая ое|Lost загублен ий а е потерянн ый ая ое
Secret таємн ий а е тайн ый ая ое|Young молод ий а е молод ой ая ое|Blue син ій я є син ий яя ее
Naïve наївн ий а е наивн ый ая ое|North-western північно-західн ий а е северо-западн ый ая ое
"""


def _adjective(words: list[str]) -> Adjective:
    english, stem, *endings = words[:5]
    other, *others = words[5:]
    return Adjective(
        english,
        {gender: stem + ending for gender, ending in zip("mfn", endings, strict=True)},
        {gender: other + ending for gender, ending in zip("mfn", others, strict=True)},
    )


def _entries(table: str) -> list[list[str]]:
    return [entry.split() for line in table.split("\n") for entry in line.split("|") if entry]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NOUNS = tuple(Noun(*words) for words in _entries(_NOUNS))
ADJECTIVES = tuple(_adjective(words) for words in _entries(_ADJECTIVES))

FIRST_NAMES = (
    _words(
        "James Mary Robert Linda Anna Peter Zoë René Jean-Luc Søren Łukasz Chloë Emma Lucía Marie-Claire Jörg Tomáš "
        "Grace Henry Alice Samuel Nora Oliver Ingrid"
    ),
    _words(
        "Олена Іван Оксана Тарас Наталія Андрій Ганна Богдан Євген Юлія Ярослав Соломія Мар'яна Василь Ірина Петро "
        "Леся Остап Дмитро Марія Роман Христина Сергій Галина"
    ),
    _words(
        "Елена Иван Алёна Пётр Наталья Андрей Анна Борис Евгений Юлия Фёдор Софья Марина Василий Ирина Семён Лидия "
        "Олег Дмитрий Мария Роман Кристина Сергей Галина"
    ),
)

# A surname is a head, a middle and an ending: 20 · 20 · 8 of them in each language, the same in place.
HEADS = (
    _words("Bar Vel Gor Dar Zel Kar Lom Mor Nar Os Pol Rad Sol Tar Ur Fil Har Chor Shal Yar"),
    _words("Бар Вел Гор Дар Зел Кар Лом Мор Нар Ос Пол Рад Сол Тар Ур Філ Гар Чор Шал Яр"),
    _words("Бар Вел Гор Дар Зел Кар Лом Мор Нар Ос Пол Рад Сол Тар Ур Фил Хар Чёр Шал Яр"),
)
MIDDLES = (
    _words("a ab al an ar as av e el en er o ok ol om on or u ul un"),
    _words("а аб ал ан ар ас ав е ел ен ер о ок ол ом он ор у ул ун"),
    _words("а аб ал ан ар ас ав е ел ен ер о ок ол ом он ор у ул ун"),
)
ENDINGS = (
    _words("nell ton berg ley-Ross ström mann ski ford"),
    _words("енко чук ський ук ненко ишин ець ко"),
    _words("ов ев ин ский нов кин ков цов"),
)
