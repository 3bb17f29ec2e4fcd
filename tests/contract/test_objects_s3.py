"""What only a real S3 can refuse; collected where TEST_S3_ENDPOINT names one."""

import pytest
from test_objects import USES, s3_place

from kinoteka.objects import ObjectsUnavailableError, s3_objects

ASKING, WRITING, READING = USES[:3]


@pytest.mark.parametrize("wrong", [{"secret_key": "wrong-secret"}, {"access_key": "nobody-known"}])
async def test_a_wrong_key_is_said_and_not_shown(wrong: dict[str, str]) -> None:
    objects = s3_objects(s3_place("test-nobody", **wrong))
    for use in (ASKING, WRITING, READING):
        with pytest.raises(ObjectsUnavailableError, match="KINOTEKA_S3_") as caught:
            await use(objects)
        assert not any(value in str(caught.value) for value in wrong.values())


async def test_a_bucket_that_is_not_there_is_said() -> None:
    objects = s3_objects(s3_place("")._replace(url="s3://no-such-bucket"))
    for use in (ASKING, WRITING, READING):
        with pytest.raises(ObjectsUnavailableError, match="NoSuchBucket"):
            await use(objects)
