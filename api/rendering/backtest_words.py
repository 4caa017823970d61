"""The words of a back-test, for people who run a branch and have never heard of an AUC."""

from collections.abc import Mapping

from api.domain.vocabulary import Locale

METHODS: Mapping[Locale, Mapping[str, str]] = {
    Locale.ZH_CN: {
        "doorstep": "本系统",
        "closed_form": "仅模型",
        "recency": "多久没发货",
        "gap_ratio": "沉默与平时间隔之比",
        "order_count": "发货次数",
    },
    Locale.EN: {
        "doorstep": "Doorstep",
        "closed_form": "model alone",
        "recency": "days since the last",
        "gap_ratio": "silence in usual gaps",
        "order_count": "number of shipments",
    },
}

WORDS: Mapping[Locale, Mapping[str, str]] = {
    Locale.ZH_CN: {
        "title": "流失风险回测",
        "calibration": "说的与发生的是否一致",
        "said": "预测会再发货的比例",
        "came": "实际再发货的比例",
        "truth": "完全一致",
        "lift": "先联系风险最高的客户，能找到多少流失者",
        "called": "联系客户的比例",
        "caught": "找到的流失者比例",
        "chance": "随机联系",
        "weeks": "每周预警（每 100 位客户）",
        "pushes": "红色（推送）",
        "amber": "黄色（周一汇总）",
        "budget": "每周一次",
    },
    Locale.EN: {
        "title": "Churn risk on trial",
        "calibration": "Does it come as it was said?",
        "said": "share said to ship again",
        "came": "share that shipped again",
        "truth": "exactly as said",
        "lift": "Calling the worst first: who is found of those who stay away",
        "called": "share of customers called",
        "caught": "share of those who stay away that is reached",
        "chance": "calling at random",
        "weeks": "Alerts a week, for a rep with 100 customers",
        "pushes": "red, pushed",
        "amber": "amber, in Monday's digest",
        "budget": "one a week",
    },
}
