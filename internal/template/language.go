package template

import (
	"regexp"
	"strings"
)

// languageCode is the form of a code: a language, and where it matters a country.
var languageCode = regexp.MustCompile(`^[a-z]{2,3}(_[A-Z]{2,3})?$`)

// languages are the names and codes of Meta's page "Supported languages".
const languages = `Afrikaans af|Albanian sq|Arabic ar|Arabic (EGY) ar_EG|Arabic (UAE) ar_AE|Arabic (LBN) ar_LB|Arabic (MAR) ar_MA|Arabic (QAT) ar_QA|` +
	`Azerbaijani az|Belarusian be_BY|Bengali bn|Bengali (IND) bn_IN|Bulgarian bg|Catalan ca|Chinese (CHN) zh_CN|Chinese (HKG) zh_HK|Chinese (TAI) zh_TW|` +
	`Croatian hr|Czech cs|Danish da|Dari prs_AF|Dutch nl|Dutch (BEL) nl_BE|English en|English (UK) en_GB|English (US) en_US|English (UAE) en_AE|` +
	`English (AUS) en_AU|English (CAN) en_CA|English (GHA) en_GH|English (IRL) en_IE|English (IND) en_IN|English (JAM) en_JM|English (MYS) en_MY|` +
	`English (NZL) en_NZ|English (QAT) en_QA|English (SGP) en_SG|English (UGA) en_UG|English (ZAF) en_ZA|Estonian et|Filipino fil|Finnish fi|French fr|` +
	`French (BEL) fr_BE|French (CAN) fr_CA|French (CHE) fr_CH|French (CIV) fr_CI|French (MAR) fr_MA|Georgian ka|German de|German (AUT) de_AT|` +
	`German (CHE) de_CH|Greek el|Gujarati gu|Hausa ha|Hebrew he|Hindi hi|Hungarian hu|Indonesian id|Irish ga|Italian it|Japanese ja|Kannada kn|Kazakh kk|` +
	`Kinyarwanda rw_RW|Korean ko|Kyrgyz (Kyrgyzstan) ky_KG|Lao lo|Latvian lv|Lithuanian lt|Macedonian mk|Malay ms|Malayalam ml|Marathi mr|Norwegian nb|` +
	`Pashto ps_AF|Persian fa|Polish pl|Portuguese (BR) pt_BR|Portuguese (POR) pt_PT|Punjabi pa|Romanian ro|Russian ru|Serbian sr|Sinhala si_LK|Slovak sk|` +
	`Slovenian sl|Spanish es|Spanish (ARG) es_AR|Spanish (CHL) es_CL|Spanish (COL) es_CO|Spanish (CRI) es_CR|Spanish (DOM) es_DO|Spanish (ECU) es_EC|` +
	`Spanish (HND) es_HN|Spanish (MEX) es_MX|Spanish (PAN) es_PA|Spanish (PER) es_PE|Spanish (SPA) es_ES|Spanish (URY) es_UY|Swahili sw|Swedish sv|Tamil ta|` +
	`Telugu te|Thai th|Turkish tr|Ukrainian uk|Urdu ur|Uzbek uz|Vietnamese vi|Zulu zu`

// language is a name with its code.
type language struct{ name, code string }

func known() []language {
	var all []language
	for line := range strings.SplitSeq(languages, "|") {
		at := strings.LastIndexByte(line, ' ')
		all = append(all, language{line[:at], line[at+1:]})
	}
	return all
}

// LanguageOf finds the code of a language by its name, case ignored, or takes a code as it is, with a dash in place of the underscore too. A code that the
// list lacks is a code all the same: providers add languages.
func LanguageOf(text string) (code string, ok bool) {
	text = strings.TrimSpace(text)
	for _, l := range known() {
		if strings.EqualFold(l.name, text) {
			return l.code, true
		}
	}
	tongue, country, has := strings.Cut(strings.ReplaceAll(text, "-", "_"), "_")
	if code = strings.ToLower(tongue); has {
		code += "_" + strings.ToUpper(country)
	}
	return code, languageCode.MatchString(code)
}

// LanguageName is the name of a code; the code itself when nobody knows one.
func LanguageName(code string) string {
	for _, l := range known() {
		if l.code == code {
			return l.name
		}
	}
	return code
}
