"""Other ways to write the same words: traditional characters, slips of the keyboard, pinyin and abbreviations."""

import re

_PAIRS = (
    "順顺 豐丰 發发 貨货 開开 給给 請请 顏颜 換换 紅红 藍蓝 綠绿 號号 寫写 碼码 禮礼 間间 幫帮 圓圆 韻韵 "
    "達达 極极 電电 郵邮 東东 賀贺 裝装 後后 點点 銀银 黃黄 紗纱 雙双 與与 時时 "
    "週周 兩两 個个 無无 須须 別别 蓋盖 單单 條条 這这 裡里 裏里 們们 樣样 帶带 買买 賣卖 贈赠 種种 內内 "
    "層层 膠胶 紙纸 紮扎 貴贵 實实 質质 處处 區区 縣县 鄉乡 鎮镇 樓楼 門门 "
    "衛卫 務务 專专 稅税 納纳 識识 類类 濟济 勞劳 煩烦 謝谢 師师 遞递 擡抬 頭头 統统 編编 據据 團团 廠厂 "
    "學学 醫医 銀银 馬马 對对 話话 嗎吗 還还 沒没 會会 說说 讓让 該该 當当 "
    "從从 來来 過过 進进 運运 選选 錯错 變变 長长 張张 見见 現现 兒儿 媽妈 爺爷 歲岁 節节 慶庆 興兴 隆隆 "
    "財财 廣广 親亲 愛爱 惡恶 歡欢 樂乐 評评 價价 錢钱 標标 籤签 簽签 "
    "盤盘 託托 壓压 爛烂 舊旧 袋袋 繩绳 絲丝 結结 緞缎 鏡镜 筆笔 鋼钢 環环 圈圈 側侧 麵面 剛刚 纔才 將将 "
    "夠够 麼么 甚什 為为 衹只 隻只 細细 緊紧 繫系 防防 塊块 幾几 "
    "應应 確确 認认 記记 備备 註注 訂订 臺台 灣湾 陽阳 廳厅 廈厦 園园 莊庄 鐘钟 針针 腳脚 褲裤 襪袜 帽帽 "
    "髮发 飾饰 飯饭 館馆 餐餐 麗丽 遲迟 邊边 經经 絡络 聯联 繫系 "
    "轉转 郵邮 傳传 動动 員员 趕赶 氣气 墊垫 灑洒 濕湿 熱热 涼凉 凍冻 鮮鲜 試试 驚惊 備备 強强 殼壳 膚肤 "
    "淺浅 暗暗 亞亚 蔥葱 駝驼 鵝鹅 檸柠 霧雾 羅罗 寶宝 軍军 "
    "總总 組组 織织 課课 業业 戶户 書书 畫画 體体 寧宁 漢汉 語语 陳陈 劉刘 歐欧 異异 網网 絕绝 緣缘 義义 "
    "誰谁 調调 諒谅 議议 護护 讀读 賞赏 賠赔 躍跃 輕轻 較较 輛辆 辦办 農农"
)
_TRADITIONAL = {pair[0]: pair[1] for pair in _PAIRS.split()}
_SIMPLE = str.maketrans(
    {
        **_TRADITIONAL,
        "＝": "=",
        "→": ":",
        "➡": ":",
        "啲": "点",
        "哋": "们",
        "冇": "没",
        "嘅": "的",
        "唔": "不",
        "佢": "他",
        "俾": "给",
        "畀": "给",
        "攞": "拿",
    }
)


def _table(words: str) -> dict[str, str]:
    """Return {"fa huo": "发货"} of the line fa huo 发货."""
    return dict(entry.rsplit(" ", 1) for entry in words.split(", "))


# Slips that the keyboard makes, of the same length as what is meant.
_SLIPS = _table(
    "发漂 发票, 发飘 发票, 发嫖 发票, 票票 发票, 开漂 开票, 地扯 地址, 地止 地址, 地阯 地址, 尽块 尽快, "
    "近快 尽快, 快弟 快递, 快第 快递, 礼合 礼盒, 包庄 包装, 抬投 抬头, 台头 抬头, 颜塞 颜色, 尺马 尺码, "
    "顺风 顺丰, 申童 申通, 元通 圆通, 园通 圆通, 云达 韵达, 运达 韵达, 吉兔 极兔, 克字 刻字, 课字 刻字, "
    "刻子 刻字, 曾品 赠品, 增品 赠品, 贺咔 贺卡, 白塞 白色, 黑塞 黑色"
)
_SLIP = re.compile("|".join(_SLIPS))
_CANTONESE = {
    "唔該": "麻烦",
    "唔该": "麻烦",
    "唔好": "不要",
    "唔使": "不用",
    "等紧": "等着",
    "等緊": "等着",
    "等住": "等着",
    "急住": "急着",
}
_CANTON = re.compile("|".join(_CANTONESE))

_WORDS = _table(
    "xie xie 谢谢, fa huo 发货, song huo 送货, song dao 送到, li wu 礼物, li he 礼盒, li pin 礼品, bao "
    "zhuang 包装, jie shi 结实, da bao 打包, bao hao 包好, ke zi 刻字, di zhi 地址, gai 改, huan 换, "
    "cheng 成, yan se 颜色, chi ma 尺码, bai se 白色, hei se 黑色, hong se 红色, lan se 蓝色, lv se "
    "绿色, fen se 粉色, hui se 灰色, huang se 黄色, zi se 紫色, mi se 米色, ka qi se 卡其色, zong se "
    "棕色, zhou mo 周末, zhou liu 周六, zhou ri 周日, zhou yi 周一, zhou er 周二, zhou san 周三, zhou si "
    "周四, zhou wu 周五, ming tian 明天, hou tian 后天, jin tian 今天, shang wu 上午, xia wu 下午, wan "
    "shang 晚上, kuai dian 快点, kuai di 快递, jin kuai 尽快, gan jin 赶紧, ji yong 急用, fa piao 发票, "
    "kai piao 开票, tai tou 抬头, shui hao 税号, ge ren 个人, gong si 公司, shun feng 顺丰, yuan tong "
    "圆通, zhong tong 中通, shen tong 申通, yun da 韵达, jing dong 京东, you zheng 邮政, ji tu 极兔, de "
    "bang 德邦, zeng pin 赠品, he ka 贺卡, bu yao 不要, bu yong 不用, qing 请, ma fan 麻烦, lao ban "
    "老板, da ma 大码, tui kuan 退款, yao 要, song 送, fa 发, zou 走, yong 用, xiao 小, dian 点, ge 个, "
    "de 的, ma 码, ba 吧, le 了, wo 我, shou dao 收到, ping an 平安, gei wo 给我, bie 别, kai 开, qian "
    "前, dao 到, shi 是, xiang 想, duo 多, bang 帮, zao dian 早点, ji 急, kuai 快, pao mo 泡沫, fang "
    "shui 防水, xiao li wu 小礼物, xiao yang 小样, wa zi 袜子"
)
_SAFE = {word for word in _WORDS if " " in word}
_PINYIN = re.compile(
    "(?<![A-Za-z])(?:"
    + "|".join(re.escape(word).replace(r"\ ", " ?") for word in sorted(_WORDS, key=len, reverse=True))
    + ")(?![A-Za-z])"
)
_BY_SOUND = {word.replace(" ", ""): meaning for word, meaning in _WORDS.items()}
_SURE = re.compile(
    "(?<![A-Za-z])(?:" + "|".join(re.escape(word).replace(r"\ ", " ?") for word in _SAFE) + ")(?![A-Za-z])"
)
_SHORT = {"dz": "地址", "fp": "发票", "kd": "快递", "sf": "顺丰"}
_ABBREVIATION = re.compile(r"(?<![A-Za-z0-9])(?:dz|fp|kd|sf)(?![A-Za-z0-9])", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]{2}")
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


def simplify(text: str) -> str:
    """Return the text in simplified characters without common slips, sign for sign."""
    text = _CANTON.sub(lambda found: _CANTONESE[found[0]], text).translate(_SIMPLE)
    return _SLIP.sub(lambda found: _SLIPS[found[0]], text)


def spell_out(text: str) -> str:
    """Return the text with the pinyin and the abbreviations of requests in characters: fa huo is 发货.

    Short syllables count only beside a longer word of the list, so that an English word or a name stays what it is.
    """
    if not _LATIN.search(text.lower()):
        return text
    text = _ABBREVIATION.sub(lambda found: _SHORT[found[0].lower()], text)
    if not _SURE.search(text):
        return text
    return _BETWEEN.sub("", _PINYIN.sub(lambda found: _BY_SOUND[found[0].replace(" ", "")], text))
