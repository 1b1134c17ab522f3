/**
 * Where the sample company works and what people are called there. Given and family names are common ones of each place,
 * joined at random: nobody is meant. The second of each pair is the Latin spelling from which account names are made.
 */

export type Spelled = readonly [native: string, latin: string];

export interface City {
  /** ISO 3166 code, country name, and the city as its people write it. */
  readonly c: string;
  readonly co: string;
  readonly l: string;
  /** Start of the telephone numbers; what follows is 555 and four digits. */
  readonly dial: string;
  readonly familyNameFirst?: true;
  readonly given: readonly Spelled[];
  readonly family: readonly Spelled[];
}

export interface Region {
  /** Also the name of an OU: one has a comma. */
  readonly name: string;
  readonly cities: readonly City[];
}

/** `Олена=olena` to a pair; a name without `=` is its own Latin spelling. */
function names(text: string): readonly Spelled[] {
  return text.split(' ').map((name): Spelled => {
    const [native = '', latin = native] = name.split('=');
    return [native, latin];
  });
}

export const regions: readonly Region[] = [
  {
    name: 'Europe',
    cities: [
      {
        c: 'CH',
        co: 'Switzerland',
        l: 'Zürich',
        dial: '+41 43',
        given: names('Anna Lukas Jürgen=juergen Zoë=zoe Käthe=kaethe Matthias'),
        family: names('Müller=mueller Schäfer=schaefer Brunner Grünwald=gruenwald Lüthi=luethi Großmann=grossmann'),
      },
      {
        c: 'FR',
        co: 'France',
        l: 'Orléans',
        dial: '+33 2',
        given: names('Hélène=helene François=francois Élodie=elodie Rémi=remi Noémie=noemie Gaël=gael'),
        family: names('Lefèvre=lefevre Dupré=dupre Bérenger=berenger Moreau Chênevert=chenevert Garçon=garcon'),
      },
      {
        c: 'PL',
        co: 'Poland',
        l: 'Gdańsk',
        dial: '+48 58',
        given: names('Łukasz=lukasz Małgorzata=malgorzata Paweł=pawel Agnieszka Grzegorz Żaneta=zaneta'),
        family: names('Nowak Wójcik=wojcik Dąbek=dabek Krawczyk Zając=zajac Śliwa=sliwa'),
      },
      {
        c: 'UA',
        co: 'Ukraine',
        l: 'Львів',
        dial: '+380 32',
        given: names('Олена=olena Тарас=taras Богдан=bohdan Ірина=iryna Наталія=nataliia Андрій=andrii'),
        family: names('Шевчук=shevchuk Коваль=koval Мельник=melnyk Бондар=bondar Ткач=tkach Гончар=honchar'),
      },
      {
        c: 'GR',
        co: 'Greece',
        l: 'Θεσσαλονίκη',
        dial: '+30 2310',
        given: names('Γιώργος=giorgos Ελένη=eleni Νίκος=nikos Σοφία=sofia Κώστας=kostas Μαρίνα=marina'),
        family: names(
          'Γεωργίου=georgiou Οικονόμου=oikonomou Νικολάου=nikolaou Αντωνίου=antoniou Βασιλείου=vasileiou Δήμου=dimou',
        ),
      },
    ],
  },
  {
    name: 'Americas',
    cities: [
      {
        c: 'US',
        co: 'United States',
        l: 'Denver',
        dial: '+1 303',
        given: names('Grace Marcus Olivia Ethan Naomi Caleb'),
        family: names("O'Neil=oneil Whitfield Hale Castellan Abernathy Lindgren"),
      },
      {
        c: 'MX',
        co: 'Mexico',
        l: 'Mérida',
        dial: '+52 999',
        given: names('Íñigo=inigo Ximena José=jose Lucía=lucia Andrés=andres Renata'),
        family: names('Muñoz=munoz Peña=pena Ibáñez=ibanez Núñez=nunez Ávila=avila Cárdenas=cardenas'),
      },
      {
        c: 'BR',
        co: 'Brazil',
        l: 'São Paulo',
        dial: '+55 11',
        given: names('João=joao Luísa=luisa Antônio=antonio Beatriz Caíque=caique Conceição=conceicao'),
        family: names(
          'Gonçalves=goncalves Araújo=araujo Magalhães=magalhaes Brandão=brandao Falcão=falcao Simões=simoes',
        ),
      },
    ],
  },
  {
    name: 'Asia Pacific',
    cities: [
      {
        c: 'JP',
        co: 'Japan',
        l: '大阪',
        dial: '+81 6',
        familyNameFirst: true,
        given: names('花子=hanako 健=ken 美咲=misaki 翔太=shota 由美=yumi 直樹=naoki'),
        family: names('山田=yamada 佐藤=sato 高橋=takahashi 渡辺=watanabe 小林=kobayashi 中村=nakamura'),
      },
      {
        c: 'CN',
        co: 'China',
        l: '成都',
        dial: '+86 28',
        familyNameFirst: true,
        given: names('伟=wei 芳=fang 静=jing 磊=lei 丽娜=lina 建国=jianguo'),
        family: names('王=wang 李=li 张=zhang 刘=liu 陈=chen 赵=zhao'),
      },
      {
        c: 'KR',
        co: 'Korea',
        l: '부산',
        dial: '+82 51',
        familyNameFirst: true,
        given: names('민준=minjun 서연=seoyeon 지훈=jihun 하은=haeun 도윤=doyun 수아=sua'),
        family: names('김=kim 이=lee 박=park 최=choi 정=jung 강=kang'),
      },
      {
        c: 'IN',
        co: 'India',
        l: 'जयपुर',
        dial: '+91 141',
        given: names('आरव=aarav प्रिया=priya रोहन=rohan अनन्या=ananya विवेक=vivek मीरा=meera'),
        family: names('शर्मा=sharma वर्मा=verma गुप्ता=gupta जोशी=joshi मिश्रा=mishra नायर=nair'),
      },
      {
        c: 'VN',
        co: 'Vietnam',
        l: 'Đà Nẵng',
        dial: '+84 236',
        familyNameFirst: true,
        given: names('Mai Hương=huong Đức=duc Tuấn=tuan Thảo=thao Bình=binh'),
        family: names('Nguyễn=nguyen Trần=tran Phạm=pham Đặng=dang Lê=le Vũ=vu'),
      },
      {
        c: 'TH',
        co: 'Thailand',
        l: 'เชียงใหม่',
        dial: '+66 53',
        given: names('สมชาย=somchai มาลี=malee ปรีชา=preecha กนกวรรณ=kanokwan นพดล=noppadol วิภา=wipa'),
        family: names('ใจดี=jaidee ทองดี=thongdee แสงทอง=saengthong ศรีสุข=srisuk บุญมา=boonma มณีวงศ์=maneewong'),
      },
    ],
  },
  {
    name: 'Middle East, Africa',
    cities: [
      {
        c: 'EG',
        co: 'Egypt',
        l: 'القاهرة',
        dial: '+20 2',
        given: names('ليلى=layla أحمد=ahmed مريم=maryam خالد=khaled سارة=sara يوسف=youssef'),
        family: names('منصور=mansour حداد=haddad نجار=najjar صالح=saleh فارس=fares عزيز=aziz'),
      },
      {
        c: 'IL',
        co: 'Israel',
        l: 'חיפה',
        dial: '+972 4',
        given: names('נועה=noa איתן=eitan תמר=tamar גיל=gil יעל=yael אורי=uri'),
        family: names('לוי=levi מזרחי=mizrahi פרץ=peretz שפירא=shapira רוזן=rosen אביב=aviv'),
      },
      {
        c: 'GE',
        co: 'Georgia',
        l: 'თბილისი',
        dial: '+995 32',
        given: names('ნინო=nino გიორგი=giorgi თამარ=tamar ლუკა=luka მარიამ=mariam დავით=davit'),
        family: names(
          'ბერიძე=beridze კაპანაძე=kapanadze ლომიძე=lomidze მაისურაძე=maisuradze ხარაძე=kharadze გელაშვილი=gelashvili',
        ),
      },
      {
        c: 'KE',
        co: 'Kenya',
        l: 'Nairobi',
        dial: '+254 20',
        given: names('Wanjiru Otieno Achieng Kamau Njeri Mutua'),
        family: names('Mwangi Odhiambo Kimani Wambui Kiptoo Cheruiyot'),
      },
    ],
  },
];

/** Names that a DN cannot carry as they are: each has a character that needs an escape. */
export const awkwardNames: readonly { readonly cn: string; readonly given: Spelled; readonly family: Spelled }[] = [
  { cn: 'Hale, Robert "Bob"', given: ['Robert', 'robert'], family: ['Hale', 'hale'] },
  { cn: 'Lindqvist + Partner Liaison', given: ['Sven', 'sven'], family: ['Lindqvist', 'lindqvist'] },
  { cn: '#1 Reception Desk', given: ['Reception', 'reception'], family: ['Desk', 'desk'] },
  { cn: 'Okonkwo, Ada (Finance; Tax)', given: ['Ada', 'ada'], family: ['Okonkwo', 'okonkwo'] },
  { cn: 'Ng <Mei Lin>', given: ['Mei Lin', 'meilin'], family: ['Ng', 'ng'] },
  { cn: 'Costa\\Ferreira, Inês', given: ['Inês', 'ines'], family: ['Costa\\Ferreira', 'costaferreira'] },
  { cn: 'Brandt = Köhler, Uwe', given: ['Uwe', 'uwe'], family: ['Brandt = Köhler', 'brandt'] },
  { cn: 'Ó Súilleabháin, Niamh', given: ['Niamh', 'niamh'], family: ['Ó Súilleabháin', 'osuilleabhain'] },
];
