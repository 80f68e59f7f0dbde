"""The parameters of all populations, one class per file, collected for a scenario."""

from __future__ import annotations

from pydantic import Field

from sim.parameters.bank import BankParameters
from sim.parameters.crowdfunding_platform import CrowdfundingPlatformParameters
from sim.parameters.cyber import CyberParameters
from sim.parameters.ecommerce_lender import EcommerceLenderParameters
from sim.parameters.enterprise import EnterpriseParameters
from sim.parameters.investor import InvestorParameters
from sim.parameters.market import MarketParameters
from sim.parameters.micro_lender import MicroLenderParameters
from sim.parameters.money_fund import MoneyFundParameters
from sim.parameters.platform import PlatformParameters
from sim.parameters.regulator import RegulatorParameters
from sim.parameters.security import SecurityParameters
from sim.parameters.vendor import VendorParameters
from sim.params import Parameters


class AllParameters(Parameters):
    """Hold every parameter of the model by population."""

    enterprise: EnterpriseParameters = Field(default_factory=EnterpriseParameters)
    bank: BankParameters = Field(default_factory=BankParameters)
    micro_lender: MicroLenderParameters = Field(default_factory=MicroLenderParameters)
    ecommerce_lender: EcommerceLenderParameters = Field(default_factory=EcommerceLenderParameters)
    platform: PlatformParameters = Field(default_factory=PlatformParameters)
    crowdfunding_platform: CrowdfundingPlatformParameters = Field(
        default_factory=CrowdfundingPlatformParameters
    )
    investor: InvestorParameters = Field(default_factory=InvestorParameters)
    money_fund: MoneyFundParameters = Field(default_factory=MoneyFundParameters)
    regulator: RegulatorParameters = Field(default_factory=RegulatorParameters)
    vendor: VendorParameters = Field(default_factory=VendorParameters)
    security: SecurityParameters = Field(default_factory=SecurityParameters)
    cyber: CyberParameters = Field(default_factory=CyberParameters)
    market: MarketParameters = Field(default_factory=MarketParameters)
