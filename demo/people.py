"""The people and places of the demo branch: made up, with a fixed seed, so that every import makes the same.

What the customers ship is not made up: that is `cdnow`.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from api.domain.contacts import ContactDraft
from api.domain.sites import SiteDraft
from api.domain.vocabulary import Role

SEED = 518000  # Shenzhen's post code.
PASSWORD = "doorstep-demo"

# Numbers full of zeros, which nobody mistakes for somebody's own.
STAFF: Sequence[tuple[Role, str, str]] = (
    (Role.ADMIN, "顾清扬", "+8613800000001"),
    (Role.MANAGER, "程婉", "+8613800000002"),
    (Role.DISPATCHER, "何敏", "+8613800000003"),
    (Role.SERVICE_AGENT, "罗晓燕", "+8613800000004"),
    (Role.SALES_REP, "陆展", "+8613800000011"),
    (Role.SALES_REP, "苏悦", "+8613800000012"),
    (Role.SALES_REP, "韩磊", "+8613800000013"),
    (Role.COURIER, "王建国", "+8613800000021"),
    (Role.COURIER, "李志强", "+8613800000022"),
    (Role.COURIER, "张海燕", "+8613800000023"),
)
INTEGRATION = "订单系统"
API_KEY_FILE = Path("var/demo-api-key")

FAMILY_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶"
GIVEN_NAMES = (
    "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 桂英 文静 志强 晓东 雪梅 建华 "
    "海燕 俊杰 婷婷 子轩 雨桐 浩然 欣怡 嘉豪 思远 佩玲 国栋 美玲 永健 秀兰 宇航 晓彤 家辉 慧敏"
).split()

WORDS = (
    "鑫源 恒泰 华信 瑞丰 宏达 博远 德润 金桥 嘉和 盛世 天成 新锐 万邦 泰和 星辰 远航 汇通 中联 "
    "凯悦 优品 锦程 启明 德胜 安捷 创域 立诚 百川 欧雅 佳兴 美达 顺发 联创 科隆 晨光 永利 正元 "
    "明珠 合众 广源 智汇 东升 南海 方圆 精诚 雅致 海川 景华 信达 伟业 致远"
).split()

# What they trade in, and what such a business is called.
INDUSTRIES: Sequence[tuple[str, Sequence[str]]] = (
    ("电子元器件", ("电子", "微电子", "芯片科技")),
    ("服装", ("服饰", "制衣", "针织")),
    ("珠宝", ("珠宝", "首饰")),
    ("跨境电商", ("跨境电商", "电子商务", "国际贸易")),
    ("医疗器械", ("医疗器械", "生物科技")),
    ("印刷包装", ("印刷", "包装制品")),
    ("五金模具", ("精密模具", "五金制品")),
    ("钟表眼镜", ("钟表", "光学眼镜")),
    ("文化礼品", ("文化创意", "礼品")),
    ("食品", ("食品贸易", "茶业")),
)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A part of the city: its streets, and where it lies (WGS 84)."""

    name: str
    streets: Sequence[str]
    latitude: float
    longitude: float


QUARTERS = (
    Quarter("福田区华强北", ("振华路", "华强北路", "燕南路"), 22.5466, 114.0866),
    Quarter("福田区车公庙", ("泰然九路", "滨河大道", "深南大道"), 22.5362, 114.0262),
    Quarter("罗湖区水贝", ("贝丽北路", "翠竹路", "田贝四路"), 22.5716, 114.1253),
    Quarter("南山区科技园", ("科苑路", "高新南一道", "科技中一路"), 22.5405, 113.9502),
    Quarter("龙岗区坂田", ("五和大道", "雪岗路", "吉华路"), 22.6303, 114.0661),
    Quarter("宝安区西乡", ("固戍一路", "宝源路", "航城大道"), 22.5866, 113.8623),
)
SPREAD_DEGREES = 0.006  # About 600 m around the middle of a quarter.


@dataclass(frozen=True, slots=True)
class Business:
    """A customer's name and trade, whom we talk to there, and where we pick up."""

    name: str
    industry: str
    contact: ContactDraft
    site: SiteDraft


def businesses(count: int) -> Iterator[Business]:
    """Make up so many businesses, no two of one name."""
    dice = random.Random(SEED)
    names: set[str] = set()
    while len(names) < count:
        industry, trades = dice.choice(INDUSTRIES)
        name = f"深圳市{dice.choice(WORDS)}{dice.choice(trades)}有限公司"
        if name not in names:
            names.add(name)
            yield Business(name, industry, _contact(dice, len(names)), _site(dice))


def _contact(dice: random.Random, number: int) -> ContactDraft:
    return ContactDraft(
        name=dice.choice(FAMILY_NAMES) + dice.choice(GIVEN_NAMES),
        phone=f"+8613900{number:06}",
        birthday=date(dice.randint(1965, 2000), dice.randint(1, 12), dice.randint(1, 28)),
    )


def _site(dice: random.Random) -> SiteDraft:
    quarter = dice.choice(QUARTERS)
    number, floor = dice.randint(1, 198), dice.randint(1, 18)
    return SiteDraft(
        name=dice.choice(("前台", "仓库", "发货部")),
        address=f"深圳市{quarter.name}{dice.choice(quarter.streets)}{number}号{floor}楼",
        latitude=round(dice.gauss(quarter.latitude, SPREAD_DEGREES / 2), 6),
        longitude=round(dice.gauss(quarter.longitude, SPREAD_DEGREES / 2), 6),
    )
