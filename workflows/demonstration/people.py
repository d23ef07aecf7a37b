"""The invented group: its units, its people and the posts they hold."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.organisation.models import Unit
from workflows.organisation.roles import Role

GROUP, DEPARTMENT, REGION, EXPANSION, STORE = (
    Unit.Kind.GROUP, Unit.Kind.DEPARTMENT, Unit.Kind.REGION, Unit.Kind.EXPANSION, Unit.Kind.STORE,
)  # fmt: skip

UNITS = (  # code, kind, name, in English, above it
    ("xingqiao", GROUP, "星桥数码", "Star Bridge Digital", ""),
    ("planning", DEPARTMENT, "企划部", "Planning Department", "xingqiao"),
    ("finance", DEPARTMENT, "财务部", "Finance Department", "xingqiao"),
    ("brand", DEPARTMENT, "品牌部", "Brand Department", "xingqiao"),
    ("legal", DEPARTMENT, "法务部", "Legal Department", "xingqiao"),
    ("resources", DEPARTMENT, "资源营销中心", "Resource and Marketing Centre", "xingqiao"),
    ("audit", DEPARTMENT, "审计室", "Audit Office", "xingqiao"),
    ("clerks", DEPARTMENT, "行政文书", "Clerks' Office", "xingqiao"),
    ("performance", DEPARTMENT, "绩效办", "Performance Office", "xingqiao"),
    ("systems", DEPARTMENT, "信息部", "Information Department", "xingqiao"),
    ("east", REGION, "华东大区", "East China Region", "xingqiao"),
    ("south", REGION, "华南大区", "South China Region", "xingqiao"),
    ("southwest", EXPANSION, "西南拓展区", "Southwest Expansion Area", "xingqiao"),
    ("hangzhou-west", STORE, "杭州城西店", "Hangzhou West", "east"),
    ("ningbo", STORE, "宁波店", "Ningbo", "east"),
    ("suzhou", STORE, "苏州店", "Suzhou", "east"),
    ("nanjing-river", STORE, "南京江北店", "Nanjing Jiangbei", "east"),
    ("hefei", STORE, "合肥店", "Hefei", "east"),
    ("guangzhou-east", STORE, "广州东圃店", "Guangzhou Dongpu", "south"),
    ("shenzhen-bay", STORE, "深圳湾店", "Shenzhen Bay", "south"),
    ("foshan", STORE, "佛山店", "Foshan", "south"),
    ("xiamen", STORE, "厦门店", "Xiamen", "south"),
    ("chengdu-south", STORE, "成都城南店", "Chengdu South", "southwest"),
)


@dataclass(frozen=True)
class Appointment:
    """A post: `until_working_day` is the working day relative to today on which it ends, None if open."""

    role: str
    unit: str
    title: str = ""
    until_working_day: int | None = None
    from_working_day: int | None = None


def post(role: Role, unit: str, title: str = "") -> Appointment:
    return Appointment(role.value, unit, title)


TITLES = {  # in English
    "中心总经理": "Head of centre",
    "企划专员": "Planner",
    "企划主管": "Lead planner",
    "企划经理": "Planning manager",
    "企划（兼）": "Planner (concurrent)",
    "分管副总裁": "Vice-president for marketing",
    "合规专员": "Compliance officer",
    "品牌经理": "Brand manager",
    "大区企划": "Regional planner",
    "大区总经理": "Regional general manager",
    "审计主管": "Head of audit",
    "审计员": "Auditor",
    "店总": "Store manager",
    "店总（兼）": "Store manager (concurrent)",
    "总裁": "President",
    "拓展区企划": "Area planner",
    "拓展区总经理": "Area general manager",
    "文书": "Clerk",
    "文书主管": "Chief clerk",
    "法务经理": "Legal manager",
    "租赁主管": "Leasing officer",
    "租赁主管（兼）": "Leasing officer (concurrent)",
    "系统管理员": "System administrator",
    "系统运维": "System operations",
    "绩效主管": "Head of performance",
    "绩效评委": "Performance assessor",
    "视觉规范": "Visual standards",
    "财务经理": "Finance manager",
    "费用审核": "Expense controller",
    "资源统筹": "Resource planner",
    "资源顾问": "Resource adviser",
    "运营负责人": "Head of operations",
    "高级企划": "Senior planner",
}

VACANT_SINCE = -6  # the working day on which the expansion area loses its manager

PEOPLE: tuple[tuple[str, str, str, tuple[Appointment, ...]], ...] = (  # user name, name, in English, posts
    ("shen.mingyuan", "沈明远", "Shen Mingyuan", (post(Role.PRESIDENT, "xingqiao", "总裁"),)),
    ("tao.jingwen", "陶静文", "Tao Jingwen", (post(Role.VICE_PRESIDENT, "xingqiao", "分管副总裁"),)),
    ("he.lan", "贺岚", "He Lan", (post(Role.PLANNING_REVIEWER, "planning", "企划经理"),)),
    ("qiu.zhiyuan", "邱致远", "Qiu Zhiyuan", (post(Role.PLANNING_REVIEWER, "planning", "高级企划"),)),
    ("yan.shu", "严舒", "Yan Shu", (post(Role.FINANCE, "finance", "费用审核"),)),
    ("fang.bochuan", "方柏川", "Fang Bochuan", (post(Role.FINANCE, "finance", "财务经理"),)),
    ("jiang.wanqing", "江晚晴", "Jiang Wanqing", (post(Role.BRAND, "brand", "品牌经理"),)),
    ("mo.yifan", "莫一帆", "Mo Yifan", (post(Role.BRAND, "brand", "视觉规范"),)),
    ("duan.qiming", "段启明", "Duan Qiming", (post(Role.LEGAL, "legal", "法务经理"),)),
    ("lu.xinran", "陆欣然", "Lu Xinran", (post(Role.LEGAL, "legal", "合规专员"),)),
    (
        "gu.chengze", "顾承泽", "Gu Chengze",
        (post(Role.RESOURCE_CENTRE, "resources", "中心总经理"), post(Role.PERFORMANCE_OFFICE, "performance", "绩效评委")),
    ),
    ("ning.kexin", "宁可心", "Ning Kexin", (post(Role.RESOURCE_CENTRE, "resources", "资源统筹"),)),
    ("bai.heng", "白衡", "Bai Heng", (post(Role.AUDITOR, "audit", "审计主管"),)),
    ("shi.lingyun", "石凌云", "Shi Lingyun", (post(Role.AUDITOR, "audit", "审计员"),)),
    ("wen.ruolin", "温若琳", "Wen Ruolin", (post(Role.CLERK, "clerks", "文书主管"),)),
    ("pan.jiahe", "潘嘉禾", "Pan Jiahe", (post(Role.CLERK, "clerks", "文书"),)),
    ("xie.yun", "谢芸", "Xie Yun", (post(Role.PERFORMANCE_OFFICE, "performance", "绩效主管"),)),
    ("luo.zhixing", "罗知行", "Luo Zhixing", (post(Role.ADMINISTRATOR, "systems", "系统管理员"),)),
    ("cen.yao", "岑瑶", "Cen Yao", (post(Role.ADMINISTRATOR, "systems", "系统运维"),)),
    ("ding.haoran", "丁浩然", "Ding Haoran", (post(Role.REGION_MANAGER, "east", "大区总经理"),)),
    ("su.qianqian", "苏芊芊", "Su Qianqian", (post(Role.PLANNER, "east", "大区企划"),)),
    ("liang.wenzhao", "梁文钊", "Liang Wenzhao", (post(Role.REGION_MANAGER, "south", "大区总经理"),)),
    ("kuang.yitong", "邝伊彤", "Kuang Yitong", (post(Role.PLANNER, "south", "大区企划"),)),
    (
        "tang.guodong", "唐国栋", "Tang Guodong",
        (
            Appointment(Role.REGION_MANAGER.value, "southwest", "拓展区总经理", until_working_day=VACANT_SINCE),
            Appointment(Role.RESOURCE_CENTRE.value, "resources", "资源顾问", from_working_day=VACANT_SINCE + 1),
        ),
    ),
    ("yin.zhuojun", "尹卓君", "Yin Zhuojun", (post(Role.PLANNER, "southwest", "拓展区企划"),)),
    # what a region or an area carries out itself is endorsed by its head of operations first
    ("jing.hongyu", "荆鸿宇", "Jing Hongyu", (post(Role.STORE_MANAGER, "east", "运营负责人"),)),
    ("lian.shuyi", "连书仪", "Lian Shuyi", (post(Role.STORE_MANAGER, "south", "运营负责人"),)),
    ("ke.songnian", "柯松年", "Ke Songnian", (post(Role.STORE_MANAGER, "southwest", "运营负责人"),)),
    # 华东
    (
        "zhou.xiaotang", "周小棠", "Zhou Xiaotang",
        (post(Role.PLANNER, "hangzhou-west", "企划主管"), post(Role.PLANNER, "ningbo", "企划（兼）")),
    ),
    ("fu.ziang", "傅子昂", "Fu Zi'ang", (post(Role.PLANNER, "hangzhou-west", "企划专员"),)),
    (
        "gao.yuechuan", "高岳川", "Gao Yuechuan",
        (post(Role.STORE_MANAGER, "hangzhou-west", "店总"), post(Role.STORE_MANAGER, "ningbo", "店总（兼）")),
    ),
    ("mi.lele", "米乐乐", "Mi Lele", (post(Role.LEASING_OFFICER, "hangzhou-west", "租赁主管"),)),
    ("shao.nianyi", "邵念一", "Shao Nianyi", (post(Role.PLANNER, "ningbo", "企划专员"),)),
    ("zhuang.wei", "庄薇", "Zhuang Wei", (post(Role.LEASING_OFFICER, "ningbo", "租赁主管"),)),
    ("ruan.sisi", "阮思思", "Ruan Sisi", (post(Role.PLANNER, "suzhou", "企划主管"),)),
    ("hua.jingchen", "华景辰", "Hua Jingchen", (post(Role.STORE_MANAGER, "suzhou", "店总"),)),
    ("ji.miaomiao", "季苗苗", "Ji Miaomiao", (post(Role.LEASING_OFFICER, "suzhou", "租赁主管"),)),
    ("yu.shaofeng", "余少枫", "Yu Shaofeng", (post(Role.PLANNER, "nanjing-river", "企划主管"),)),
    ("bo.anqi", "柏安琪", "Bo Anqi", (post(Role.PLANNER, "nanjing-river", "企划专员"),)),
    ("geng.lishan", "耿立山", "Geng Lishan", (post(Role.STORE_MANAGER, "nanjing-river", "店总"),)),
    ("dai.yuwei", "戴雨薇", "Dai Yuwei", (post(Role.LEASING_OFFICER, "nanjing-river", "租赁主管"),)),
    ("zang.kaiwen", "臧凯文", "Zang Kaiwen", (post(Role.PLANNER, "hefei", "企划主管"),)),
    (
        "meng.siyuan", "孟思远", "Meng Siyuan",
        (post(Role.STORE_MANAGER, "hefei", "店总"), post(Role.LEASING_OFFICER, "hefei", "租赁主管（兼）")),
    ),
    # 华南
    ("ou.jiamin", "区嘉敏", "Ou Jiamin", (post(Role.PLANNER, "guangzhou-east", "企划主管"),)),
    ("lao.zixuan", "劳子轩", "Lao Zixuan", (post(Role.PLANNER, "guangzhou-east", "企划专员"),)),
    ("mai.zhijian", "麦志坚", "Mai Zhijian", (post(Role.STORE_MANAGER, "guangzhou-east", "店总"),)),
    ("pang.huiyi", "庞慧仪", "Pang Huiyi", (post(Role.LEASING_OFFICER, "guangzhou-east", "租赁主管"),)),
    ("lin.kerou", "林可柔", "Carrie Lin", (post(Role.PLANNER, "shenzhen-bay", "企划主管"),)),
    ("xian.yongqi", "冼咏琪", "Xian Yongqi", (post(Role.PLANNER, "shenzhen-bay", "企划专员"),)),
    ("zhong.haocheng", "钟浩诚", "Zhong Haocheng", (post(Role.STORE_MANAGER, "shenzhen-bay", "店总"),)),
    ("tan.meiyao", "谭美瑶", "Tan Meiyao", (post(Role.LEASING_OFFICER, "shenzhen-bay", "租赁主管"),)),
    ("huo.zejun", "霍泽钧", "Huo Zejun", (post(Role.PLANNER, "foshan", "企划主管"),)),
    (
        "lun.xiuwen", "伦秀文", "Lun Xiuwen",
        (post(Role.STORE_MANAGER, "foshan", "店总"), post(Role.LEASING_OFFICER, "foshan", "租赁主管（兼）")),
    ),
    ("ke.yichen", "柯以辰", "Ke Yichen", (post(Role.PLANNER, "xiamen", "企划主管"),)),
    ("hong.shufen", "洪淑芬", "Hong Shufen", (post(Role.STORE_MANAGER, "xiamen", "店总"),)),
    ("you.jinghua", "游菁华", "You Jinghua", (post(Role.LEASING_OFFICER, "xiamen", "租赁主管"),)),
    # 西南
    ("chu.yuning", "储雨凝", "Chu Yuning", (post(Role.PLANNER, "chengdu-south", "企划主管"),)),
    ("pu.changfeng", "蒲长风", "Pu Changfeng", (post(Role.STORE_MANAGER, "chengdu-south", "店总"),)),
    ("mu.qinglan", "穆青岚", "Mu Qinglan", (post(Role.LEASING_OFFICER, "chengdu-south", "租赁主管"),)),
    ("le.xiangyi", "乐向一", "Le Xiangyi", (post(Role.PLANNER, "chengdu-south", "企划专员"),)),
    ("ai.siqi", "艾思淇", "Ai Siqi", (post(Role.PLANNER, "suzhou", "企划专员"),)),
)  # fmt: skip

READS_ENGLISH = frozenset({"lin.kerou"})

PRESIDENT, VICE_PRESIDENT, DEPUTY = "shen.mingyuan", "tao.jingwen", "gu.chengze"
SOUTH_MANAGER, SOUTH_DEPUTY = "liang.wenzhao", "kuang.yitong"
ADMINISTRATOR = "luo.zhixing"
CLERK = "wen.ruolin"

ONE_CLICK = (  # user name, what to try in Chinese, in English
    (
        "zhou.xiaotang",
        "门店企划，兼两店：交一份活动总结，修改被退回的申报，再提交一份新企划。",
        "Store planner at two stores: hand in a report, revise what was returned, declare a new campaign.",
    ),
    (
        "gao.yuechuan",
        "店总：看看本店的申报，同意上报，或写明理由退回。",
        "Store manager: read your stores' declarations, endorse them or return them with a reason.",
    ),
    (
        "ding.haoran",
        "华东大区总：逐件处理待办，有的已经逾期，有的今天到期；限额以内你同意即为批准。",
        "Region manager: work through the desk, some overdue, some due today; within your limit you approve alone.",
    ),
    (
        "he.lan",
        "集团企划：审方案、评效果，处理取消申请与被会签否定的事项。",
        "Group planning: review, score finished campaigns, decide on cancellations and objections.",
    ),
    (
        "yan.shu",
        "财务会签：逐项核对预算，同意、提出异议，或转办给同事。",
        "Finance: check budgets line by line, agree, object, or pass the task on to a colleague.",
    ),
    (
        "gu.chengze",
        "副总裁的代理人：这几天代为签发，批复、留痕和文件上都会写明“代”。",
        "Stand-in for the vice-president: sign these days; circular, trail and paper all say for whom.",
    ),
    (
        "wen.ruolin",
        "文书：查发文登记簿，作废一份公文，给门店换一枚印章，打印登记簿。",
        "Clerk: look through the register, void a document, give a store a new seal, print the register.",
    ),
    (
        "bai.heng",
        "审计：翻看全年留痕，筛选逾期与代理，打开任意文件验真。",
        "Auditor: read a year of trail, filter what was late or decided by stand-ins, check any document.",
    ),
    (
        "luo.zhixing",
        "系统管理：查看授权表两个版本，调整岗位、代理与工作日历。",
        "Administrator: compare the two policy editions, change posts, stand-ins and the working calendar.",
    ),
)
