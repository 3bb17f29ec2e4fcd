from sqlalchemy import text
async def test_a(database):
    async with database.transaction() as c:
        assert (await c.execute(text("select count(*) from film"))).scalar() == 0
async def test_b(database):
    async with database.transaction() as c:
        assert (await c.execute(text("select count(*) from film"))).scalar() == 0
